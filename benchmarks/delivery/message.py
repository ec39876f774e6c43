"""Making a mail out to a reader, and signing it: `python -m benchmarks.delivery.message`."""

from __future__ import annotations

import statistics
import sys
import tempfile
import timeit
from collections.abc import Callable
from email import policy
from email.message import EmailMessage
from pathlib import Path

from benchmarks.delivery import sample
from benchmarks.delivery.measuring import Claims, machine, say
from newsletter.message.program import assemble


def main() -> int:
    """Print the tables and claims; 1 when one is below its floor."""
    say("# A mail made out to a reader\n")
    machine()
    letter, reader = sample.letter(), sample.reader(1)
    values = letter.values(reader)
    environment = _jinja()

    def ours() -> bytes:
        out: list[bytes] = []
        assemble(letter.program, letter.filler.fill(values), out)
        return b"".join(out)

    def jinja() -> None:
        for template in environment:
            template.render(values)

    steps: dict[str, Callable[[], object]] = {
        "Jinja alone, both parts, nothing encoded": jinja,
        "both parts filled and encoded": ours,
        "a whole mail: tokens, headers, both parts": lambda: letter.to(reader, 1),
        "EmailMessage from ready texts, as octets": _email_message(values),
    }
    figures = _interleaved(steps)
    say("\n| step | best µs | median µs |\n| --- | ---: | ---: |")
    for name, times in figures.items():
        say(f"| {name} | {min(times):.1f} | {statistics.median(times):.1f} |")
    best = {name: min(times) for name, times in figures.items()}
    plain, filled, whole, usual = best.values()
    claims = Claims()
    claims.head()
    claims.check("B9 plain Jinja : filled and encoded", plain / filled, floor=1 / 1.3, aim=1 / 1.1)
    claims.check("EmailMessage : a whole mail", usual / whole, floor=40, aim=80)
    _signing(claims, letter.to(reader, 1).content)
    return int(claims.failed)


def _interleaved(steps: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Time each step in turn, many short times: other work on the machine meets all of them alike."""
    figures: dict[str, list[float]] = {name: [] for name in steps}
    for _round in range(60):
        for name, step in steps.items():
            number = 3 if "EmailMessage" in name else 50
            figures[name].append(timeit.timeit(step, number=number) / number * 1e6)
    return figures


def _jinja() -> list[object]:
    from jinja2 import Environment

    edition = sample.edition()
    parts = []
    for segments in (edition.html_segments, edition.text_segments):
        source = ""
        for part in segments:
            if hasattr(part, "text"):
                source += part.text
            elif hasattr(part, "expression"):
                source += "{{ " + part.expression + " }}"
            else:
                source += "{% if subscriber.lang[:2] == 'fr' %}" + part.inner[0].text + "{% endif %}"
        parts.append(Environment(autoescape=True).from_string(source))
    return parts


def _email_message(values: dict[str, object]) -> Callable[[], object]:
    edition = sample.edition()
    text, html = edition.text(values), edition.html(values)

    def make() -> bytes:
        message = EmailMessage(policy=policy.SMTP)
        message["From"] = "Coalition <infolettre@coalition.example>"
        message["To"] = "Zoé Tremblay <lecteur1@exemple.org>"
        message["Subject"] = "L’infolettre de la Coalition : nº 3"
        message.set_content(text)
        message.add_alternative(html, subtype="html")
        return message.as_bytes()

    return make


def _signing(claims: Claims, content: bytes) -> None:
    """Compare our signer with dkimpy, where it is installed."""
    try:
        import dkim
    except ImportError:
        say("\ndkimpy is not installed: its row is left out.")
        return
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ed25519, rsa

    from newsletter.message.dkim import open_signer

    keys = {"RSA-2048": rsa.generate_private_key(public_exponent=65537, key_size=2048)}
    keys["Ed25519"] = ed25519.Ed25519PrivateKey.generate()
    for name, key in keys.items():
        path = Path(tempfile.mkdtemp()) / "key.pem"
        form = serialization.PrivateFormat.PKCS8
        path.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
        path.chmod(0o600)
        signer = open_signer(domain="coalition.example", selector="s", key_file=path)
        ours = min(timeit.repeat(lambda signer=signer: signer(content), number=1, repeat=400))
        if name == "Ed25519":
            say(f"\nSigning with {name}: {ours * 1e6:.0f} µs.")
            continue
        theirs = min(
            timeit.repeat(
                lambda path=path: dkim.sign(content, b"s", b"coalition.example", path.read_bytes()), number=1, repeat=30
            )
        )
        claims.check(f"B11 dkimpy : ours, {name}", theirs / ours, floor=15, aim=20)


if __name__ == "__main__":
    sys.exit(main())
