"""Vectors of SendGrid's signature: the good are taken, the bad refused, from the shell and over HTTP alike."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from starlette.applications import Starlette
from starlette.testclient import TestClient

from newsletter.cli.root import newsletter
from newsletter.feedback.calls import Postroom, Secrets
from newsletter.feedback.webhooks.sendgrid import SIGNATURE, TIMESTAMP
from newsletter.web.hooks import hook_routes
from tests.feedback.test_sendgrid_webhook import PUBLISHED_BODY, PUBLISHED_HEADERS, PUBLISHED_KEY

AT = 1_790_000_000
BODY = b'[{"email":"p1@example.com","event":"bounce","timestamp":1790000000}]\r\n'
#: of P-256 (FIPS 186-4 D.1.2.3)
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY = ec.derive_private_key(20_260_101, ec.SECP256R1())
OTHER = ec.derive_private_key(20_260_102, ec.SECP256R1())


def der(public: ec.EllipticCurvePublicKey | rsa.RSAPublicKey) -> str:
    spki = public.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(spki).decode()


def pem(public: ec.EllipticCurvePublicKey) -> str:
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return public.public_bytes(serialization.Encoding.PEM, form).decode()


@dataclass(frozen=True)
class Vector:
    """One recorded call and the key that it is to be checked with."""

    body: bytes
    signature: str
    timestamp: str = str(AT)
    key: str = der(KEY.public_key())

    @property
    def headers(self) -> dict[str, str]:
        return {"X-Twilio-Email-Event-Webhook-Signature": self.signature} | {
            "X-Twilio-Email-Event-Webhook-Timestamp": self.timestamp
        }


def sign(body: bytes, timestamp: str = str(AT), by: ec.EllipticCurvePrivateKey = KEY) -> bytes:
    return by.sign(timestamp.encode() + body, ec.ECDSA(hashes.SHA256()))


def vector(body: bytes = BODY, timestamp: str = str(AT)) -> Vector:
    return Vector(body=body, signature=base64.b64encode(sign(body, timestamp)).decode(), timestamp=timestamp)


def numbers(r: int, s: int) -> str:
    return base64.b64encode(encode_dss_signature(r, s)).decode()


RIGHT = vector()
R, S = decode_dss_signature(base64.b64decode(RIGHT.signature))
PUBLISHED = Vector(
    body=PUBLISHED_BODY,
    signature=PUBLISHED_HEADERS[SIGNATURE],
    timestamp=PUBLISHED_HEADERS[TIMESTAMP],
    key=PUBLISHED_KEY,
)

GOOD = {
    "published": PUBLISHED,
    "crlf behind": RIGHT,
    "nothing behind": vector(BODY.rstrip()),
    "lf behind": vector(BODY.rstrip() + b"\n"),
    "crlf within": vector(BODY.replace(b",", b",\r\n")),
    "indented": vector(json.dumps(json.loads(BODY), indent=2).encode()),
    "accents": vector('[{"reason":"Boîte pleine — réessayez 🎉","event":"bounce"}]\r\n'.encode()),
    "escaped accents": vector(b'[{"reason":"Bo\\u00eete pleine","event":"bounce"}]\r\n'),
    "no utf-8": vector(b'[{"reason":"Bo\xeete pleine","event":"bounce"}]\r\n'),
    "empty list": vector(b"[]"),
    "thousand events": vector(b"[" + b",".join([BODY.strip()[1:-1]] * 1_000) + b"]\r\n"),
    "zero byte": vector(b'[{"reason":"a\x00b","event":"bounce"}]'),
    "key as pem": replace(RIGHT, key=pem(KEY.public_key())),
    "key as pem on one line": replace(RIGHT, key=pem(KEY.public_key()).replace("\n", "\\n")),
    "key with line ends": replace(RIGHT, key="\n".join([RIGHT.key[:64], RIGHT.key[64:], ""])),
    "the other half of s": replace(RIGHT, signature=numbers(R, ORDER - S)),
    "old": vector(timestamp="1600112502"),
    "early": vector(timestamp="1"),
    "zeros before the time": vector(timestamp="001790000000"),
}

BAD = {
    "byte altered": replace(RIGHT, body=BODY.replace(b"p1", b"p2")),
    "crlf stripped": replace(RIGHT, body=BODY.rstrip()),
    "crlf to lf": replace(RIGHT, body=BODY.replace(b"\r\n", b"\n")),
    "crlf added": replace(vector(BODY.rstrip()), body=BODY),
    "written again": replace(RIGHT, body=json.dumps(json.loads(BODY)).encode() + b"\r\n"),
    "mark before": replace(RIGHT, body=b"\xef\xbb\xbf" + BODY),
    "cut off": replace(RIGHT, body=BODY[:-10]),
    "emptied": replace(RIGHT, body=b""),
    "accents escaped": replace(GOOD["accents"], body=GOOD["escaped accents"].body),
    "signature of another body": replace(RIGHT, signature=GOOD["empty list"].signature),
    "signed by another": replace(RIGHT, signature=base64.b64encode(sign(BODY, by=OTHER)).decode()),
    "another key": replace(RIGHT, key=der(OTHER.public_key())),
    "another curve": replace(RIGHT, key=der(ec.derive_private_key(7, ec.SECP384R1()).public_key())),
    "a curve of the same size": replace(RIGHT, key=der(ec.derive_private_key(7, ec.SECP256K1()).public_key())),
    "signed on another curve": replace(
        vector(),
        key=der(ec.derive_private_key(7, ec.SECP384R1()).public_key()),
        signature=base64.b64encode(sign(BODY, by=ec.derive_private_key(7, ec.SECP384R1()))).decode(),
    ),
    "another kind of key": replace(RIGHT, key=der(rsa.generate_private_key(65537, 2048).public_key())),
    "no key": replace(RIGHT, key="AAAA"),
    "key cut": replace(RIGHT, key=RIGHT.key[:-8]),
    "key off the curve": replace(RIGHT, key=RIGHT.key[:-4] + "AAAA"),
    "another time": replace(RIGHT, timestamp=str(AT + 1)),
    "time with a blank within": replace(RIGHT, timestamp="1790000 000"),
    "time with a sign": replace(RIGHT, timestamp=f"+{AT}"),
    "time as a fraction": replace(RIGHT, timestamp=f"{AT}.0"),
    "time in words": replace(RIGHT, timestamp="timestamp"),
    "no time": replace(RIGHT, timestamp=""),
    "time and signature swapped": replace(RIGHT, timestamp=RIGHT.signature, signature=RIGHT.timestamp),
    "no signature": replace(RIGHT, signature=""),
    "signature is no base64": replace(RIGHT, signature="%%%not base64%%%"),
    "base64 without its end": replace(RIGHT, signature=RIGHT.signature.rstrip("=")[:-1]),
    "base64 of a url": replace(RIGHT, signature=base64.urlsafe_b64encode(b"\xfb\xff" * 36).decode()),
    "bytes behind the signature": replace(RIGHT, signature=base64.b64encode(sign(BODY) + b"\x00\x00").decode()),
    "signature not in der": replace(RIGHT, signature=base64.b64encode(R.to_bytes(32) + S.to_bytes(32)).decode()),
    "r is nought": replace(RIGHT, signature=numbers(0, S)),
    "s is nought": replace(RIGHT, signature=numbers(R, 0)),
    "both are nought": replace(RIGHT, signature=numbers(0, 0)),
    "r beyond the order": replace(RIGHT, signature=numbers(R + ORDER, S)),
    "s beyond the order": replace(RIGHT, signature=numbers(R, S + ORDER)),
    "r and s swapped": replace(RIGHT, signature=numbers(S, R)),
}

#: how headers are recorded
FORMS: dict[str, Callable[[dict[str, str]], str]] = {
    "lines": lambda headers: "".join(f"{name}: {value}\n" for name, value in headers.items()),
    "crlf": lambda headers: "".join(f"{name}: {value}\r\n" for name, value in headers.items()),
    "lower case": lambda headers: "".join(f"{name.lower()}:{value}\n" for name, value in headers.items()),
    "upper case": lambda headers: "".join(f"{name.upper()}:   {value}  \n" for name, value in headers.items()),
    "json": json.dumps,
    "json lists": lambda headers: json.dumps({name: [value] for name, value in headers.items()}),
    "json pairs": lambda headers: json.dumps([[name, value] for name, value in headers.items()]),
    "json names": lambda headers: json.dumps([{"name": name, "value": value} for name, value in headers.items()]),
    "request": lambda headers: (
        "POST /hooks/sendgrid HTTP/1.1\r\nHost: exemple.org\r\nContent-Type: application/json\r\n"
        + "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        + f"\r\n{SIGNATURE}: of the body\r\n"
    ),
    "curl -v": lambda headers: "> POST / HTTP/2\n" + "".join(f"> {name}: {value}\n" for name, value in headers.items()),
    "marked": lambda headers: "\ufeff" + "".join(f"{name}: {value}\n" for name, value in headers.items()),
}


@pytest.fixture
def exit_code(tmp_path, monkeypatch) -> Callable[..., int]:
    monkeypatch.chdir(tmp_path)

    def check(vector: Vector, *more: str, form: str = "lines") -> int:
        (tmp_path / "headers").write_bytes(FORMS[form](vector.headers).encode())
        (tmp_path / "body").write_bytes(vector.body)
        words = ["feedback", "verify", "--provider", "sendgrid", "--headers", "headers", "--body", "body"]
        result = CliRunner().invoke(newsletter, [*words, "--public-key", vector.key, *more])
        assert result.exception is None or isinstance(result.exception, SystemExit)
        return result.exit_code

    return check


@pytest.fixture
def answer(make_store) -> Callable[..., int]:
    store = make_store()

    def post(vector: Vector, *, at: float | None = None) -> int:
        now = at if at is not None else float(vector.timestamp) if vector.timestamp.isdecimal() else AT
        secrets = Secrets(sendgrid_public_key=vector.key)
        app = Starlette(routes=hook_routes())
        app.state.postroom = Postroom(store=store, secrets=secrets, clock=lambda: now, fetch=lambda _url: b"")
        return TestClient(app).post("/hooks/sendgrid", content=vector.body, headers=vector.headers).status_code

    return post


@pytest.mark.parametrize("name", GOOD)
def test_trust_67_a_good_vector_is_taken(exit_code, answer, name) -> None:
    assert (exit_code(GOOD[name]), answer(GOOD[name])) == (0, 204)


@pytest.mark.parametrize("name", BAD)
def test_trust_67_a_bad_vector_is_refused(exit_code, answer, name) -> None:
    assert (exit_code(BAD[name]), answer(BAD[name])) == (1, 403)


@pytest.mark.parametrize("form", FORMS)
def test_headers_are_read_however_they_were_recorded(exit_code, form) -> None:
    assert exit_code(RIGHT, form=form) == 0
    assert exit_code(BAD["another time"], form=form) == 1


@pytest.mark.parametrize("missing", [SIGNATURE, TIMESTAMP])
def test_trust_67_a_missing_header_is_refused(tmp_path, exit_code, missing) -> None:
    FORMS["without"] = lambda headers: "".join(f"{n}: {v}\n" for n, v in headers.items() if n.lower() != missing)
    try:
        assert exit_code(RIGHT, form="without") == 1
    finally:
        del FORMS["without"]


def test_a_header_that_stands_twice_is_believed_only_when_both_say_the_same(exit_code) -> None:
    both = f"{RIGHT.signature}\n{SIGNATURE}: "
    assert exit_code(replace(RIGHT, signature=both + RIGHT.signature)) == 0
    assert exit_code(replace(RIGHT, signature=both + BAD["signed by another"].signature)) == 1


def test_trust_68_over_http_a_call_counts_within_the_window_from_the_shell_at_any_age(exit_code, answer) -> None:
    for late, status in ((299, 204), (301, 403), (-299, 204), (-301, 403)):
        assert answer(RIGHT, at=AT + late) == status
    assert exit_code(GOOD["old"]) == 0
    assert exit_code(GOOD["old"], "--max-age", "300") == 1
