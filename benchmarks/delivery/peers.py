"""What others would use, each in its best way; those that are not installed are left out."""

from __future__ import annotations

import asyncio
import os
import smtplib
import subprocess
import tempfile
from collections.abc import Callable
from email.message import EmailMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from pathlib import Path

from benchmarks.delivery import place, sample
from benchmarks.delivery.measuring import compiled

Work = Callable[[], None]
SENDER = "rebonds@coalition.example"


class _Texts:
    """The same mail as the product's, filled in the usual way: Jinja, once for each reader."""

    def __init__(self) -> None:
        from jinja2 import Environment

        self._letter = sample.letter()
        values = {"subscriber": {"first_name": "{{ name }}", "lang": "fr-CA"}, "links": {"unsubscribe": "https://U"}}
        environment = Environment(autoescape=True)
        # the slots are filled with place-holders of Jinja's, which its templates then fill for real
        html = self._letter.edition.html(values).replace("https://U", "{{ link }}")
        text = self._letter.edition.text(values).replace("https://U", "{{ link }}")
        self._html = environment.from_string(html)
        self._text = environment.from_string(text)

    def of(self, number: int) -> tuple[str, str, str]:
        """Return text, HTML and the unsubscribe address of a reader."""
        reader = sample.reader(number)
        link = self._letter.links.unsubscribe(reader)
        values = {"name": reader.first_name, "link": link}
        return self._text.render(values), self._html.render(values), link


def _head(message: EmailMessage | MIMEMultipart, number: int, link: str) -> None:
    message["From"] = "Coalition <infolettre@coalition.example>"
    message["To"] = f"lecteur{number}@exemple.org"
    message["Subject"] = "L'infolettre de la Coalition : no 3"
    message["Message-ID"] = f"<{number}@coalition.example>"
    message["List-Unsubscribe"] = f"<{link}>"
    message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"


def email_message(texts: _Texts, number: int) -> EmailMessage:
    """Return the mail as the standard library's modern classes make it."""
    text, html, link = texts.of(number)
    message = EmailMessage()
    _head(message, number, link)
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def mime_message(texts: _Texts, number: int) -> MIMEMultipart:
    """Return the mail as its older classes make it."""
    text, html, link = texts.of(number)
    message = MIMEMultipart("alternative")
    _head(message, number, link)
    message.attach(MIMEText(text, "plain", "utf-8"))
    message.attach(MIMEText(html, "html", "utf-8"))
    return message


def smtplib_modern(port: int, count: int) -> Work:
    """One kept connection, EmailMessage."""
    texts = _Texts()

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for number in range(count):
                message = email_message(texts, number)
                server.send_message(message, SENDER, [f"lecteur{number}@exemple.org"])

    return work


def smtplib_older(port: int, count: int) -> Work:
    """One kept connection, MIMEText."""
    texts = _Texts()

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for number in range(count):
                raw = mime_message(texts, number).as_bytes()
                server.sendmail(SENDER, [f"lecteur{number}@exemple.org"], raw)

    return work


def smtplib_ready(port: int, count: int) -> Work:
    """One kept connection, octets that are ready."""
    raw = sample.letter().to(sample.reader(1), 1).content

    def work() -> None:
        with smtplib.SMTP("127.0.0.1", port) as server:
            for number in range(count):
                server.sendmail(SENDER, [f"lecteur{number}@exemple.org"], raw)

    return work


def aiosmtplib_pool(port: int, count: int, connections: str = "4") -> Work:
    """Kept connections, EmailMessage."""
    import aiosmtplib

    texts = _Texts()

    async def line(numbers: range) -> None:
        async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as server:
            for number in numbers:
                await server.send_message(email_message(texts, number), sender=SENDER)

    async def everybody() -> None:
        width = int(connections)
        await asyncio.gather(*(line(range(start, count, width)) for start in range(width)))

    return lambda: asyncio.run(everybody())


def django(port: int, count: int) -> Work:
    """`send_messages` of the whole list: one connection."""
    from django.conf import settings

    settings.configure(EMAIL_HOST="127.0.0.1", EMAIL_PORT=port, DEFAULT_CHARSET="utf-8")
    from django.core.mail import EmailMultiAlternatives, get_connection

    texts = _Texts()

    def one(number: int) -> object:
        text, html, link = texts.of(number)
        headers = {"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        message = EmailMultiAlternatives("Mesure", text, SENDER, [f"lecteur{number}@exemple.org"], headers=headers)
        message.attach_alternative(html, "text/html")
        return message

    return lambda: get_connection("django.core.mail.backends.smtp.EmailBackend").send_messages(map(one, range(count)))


def nodemailer(port: int, count: int, connections: str = "5") -> Work:
    """A pool, its own templates filled by replace."""
    text, html, _link = _Texts().of(1)
    folder = Path(tempfile.mkdtemp())
    (folder / "text.txt").write_text(text)
    (folder / "html.html").write_text(html)
    script = Path(__file__).with_name("nodemailer.cjs")
    environment = {**os.environ, "NODE_PATH": place.node_modules()}
    command = ["node", script, str(port), str(count), connections, folder]
    return lambda: subprocess.run(command, check=True, env=environment) and None


def smtp_source(port: int, count: int, connections: str = "4") -> Work:
    """Postfix's own generator: no pipelining."""
    raw = sample.letter().to(sample.reader(1), 1).content
    file = Path(tempfile.mkdtemp()) / "mail"
    file.write_bytes(raw.replace(b"\r\n", b"\n"))
    options = ["-d", "-s", connections, "-m", str(count), "-F", file, "-f", SENDER, "-t", "lecteur@exemple.org"]
    return lambda: subprocess.run(["smtp-source", *options, f"127.0.0.1:{port}"], check=True) and None


def cpipe(port: int, count: int, connections: str = "4") -> Work:
    """The same conversation as ours, in C."""
    file = Path(tempfile.mkdtemp()) / "mail"
    file.write_bytes(sample.letter().to(sample.reader(1), 1).content)
    command = [compiled("cpipe"), str(port), connections, str(count), file]
    return lambda: subprocess.run(command, check=True, stdout=subprocess.DEVNULL) and None  # type: ignore[list-item]


PROGRAMS: dict[str, Callable[..., Work]] = {
    "smtplib": smtplib_modern,
    "smtplib-mime": smtplib_older,
    "smtplib-ready": smtplib_ready,
    "aiosmtplib": aiosmtplib_pool,
    "django": django,
    "nodemailer": nodemailer,
    "smtp-source": smtp_source,
    "cpipe": cpipe,
}


def installed(name: str) -> bool:
    """Say whether a peer can run here, having installed it where that can be done."""
    return not place.why_not(name)
