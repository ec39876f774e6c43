"""Links are visited gently, to their end, and never where they should not lead."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Coroutine, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from threading import Barrier
from typing import TypeVar

import pytest
from link_server import LinkServer, link_server

from newsletter import open_project
from newsletter.edition.check.addresses import acts
from newsletter.edition.check.answers import Answer, Outcome
from newsletter.errors import Finding
from newsletter.project.linkcheck import check_links
from newsletter.project.linkcheck.guard import PrivateAddressError, addresses, is_public
from newsletter.project.linkcheck.visiting import Manners, visit

T = TypeVar("T")
#: long enough for who answers, however slow the machine is
PATIENT = Manners(rest=0, answer_within=60, arrive_within=120)
#: for who does not answer
QUICK = replace(PATIENT, answer_within=0.5)


@pytest.fixture
def server() -> Iterator[LinkServer]:
    with link_server() as running:
        yield running


@pytest.fixture
def manners(server: LinkServer) -> Manners:
    return replace(PATIENT, let_through=(server.host,))


@pytest.mark.parametrize(
    ("path", "outcome", "status"),
    [
        ("/", Outcome.WELL, 200),
        ("/get-only", Outcome.WELL, 200),
        ("/for-now", Outcome.WELL, 200),
        ("/hop7", Outcome.WELL, 200),
        ("/missing", Outcome.GONE, 404),
        ("/gone", Outcome.GONE, 410),
        ("/moved", Outcome.MOVED, 200),
        ("/loop", Outcome.LOOP, 302),
        ("/hop1", Outcome.LOOP, 302),
        ("/slow", Outcome.SILENT, 0),
        ("/drip", Outcome.SILENT, 0),
        ("/endless", Outcome.SILENT, 0),
        ("/closed", Outcome.REFUSED, 403),
        ("/inside", Outcome.PRIVATE, 0),
    ],
)
def test_each_kind_of_answer_is_told_apart(
    server: LinkServer, manners: Manners, path: str, outcome: Outcome, status: int
) -> None:
    url = f"http://{server.host}{path}"
    if path in ("/slow", "/drip"):
        manners = replace(manners, answer_within=QUICK.answer_within)
    answer = visit([url], manners)[url]
    assert (answer.outcome, answer.status) == (outcome, status)


def test_at_most_three_redirections_are_followed(server: LinkServer, manners: Manners) -> None:
    visit([f"http://{server.host}/hop0"], manners)
    assert server.paths() == ["/hop0", "/hop1", "/hop2", "/hop3"]


def test_the_new_address_of_what_moved_is_told(server: LinkServer, manners: Manners) -> None:
    url = f"http://{server.host}/moved"
    assert visit([url], manners)[url].moved_to == f"http://{server.host}/new"


def test_the_head_is_asked_for_first_and_the_page_only_when_that_fails(server: LinkServer, manners: Manners) -> None:
    visit([f"http://{server.host}/", f"http://{server.host}/missing"], manners)
    assert sorted(server.asked) == [("GET", "/missing"), ("HEAD", "/"), ("HEAD", "/missing")]


def test_no_more_than_a_hundred_are_visited_each_once(server: LinkServer, manners: Manners) -> None:
    urls = [f"http://{server.host}/{number}" for number in range(120)]
    answers = visit([*urls, *urls], manners)
    assert len(answers) == len(server.asked) == 100


def test_one_host_is_asked_one_thing_at_a_time_with_a_rest(server: LinkServer, manners: Manners) -> None:
    started = time.monotonic()
    visit([f"http://{server.host}/{number}" for number in range(4)], replace(manners, rest=0.1))
    assert server.most == 1
    assert time.monotonic() - started >= 0.4


def test_several_hosts_are_visited_at_once() -> None:
    """Each answers only while the other one is asked too."""
    with link_server() as one, link_server() as two:
        one.meeting = two.meeting = Barrier(2)
        manners = replace(PATIENT, let_through=(one.host, two.host))
        answers = visit([f"http://{one.host}/meet", f"http://{two.host}/meet"], manners)
    assert {answer.outcome for answer in answers.values()} == {Outcome.WELL}


def test_nobody_answering_is_said_in_words(server: LinkServer) -> None:
    async def nowhere(host: str, port: int) -> Sequence[str]:
        raise __import__("socket").gaierror(-2, "Name or service not known")

    [answer] = visit(["https://nulle-part.example/"], replace(PATIENT, resolve=nowhere)).values()
    assert answer == Answer(outcome=Outcome.SILENT, reason="nobody has this name")


def test_a_caller_may_have_a_loop_of_its_own(server: LinkServer, manners: Manners) -> None:
    async def caller() -> dict[str, Answer]:
        return visit([f"http://{server.host}/"], manners)

    [answer] = apart(caller()).values()
    assert answer.outcome is Outcome.WELL


def apart(work: Coroutine[object, object, T]) -> T:
    """Run in a thread: a browser test before may have left a loop in this one."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(asyncio.run, work).result()


def test_a_certificate_that_nobody_vouches_for_is_found(tmp_path: Path) -> None:
    with link_server(_certificate(tmp_path)) as server:
        url = f"https://{server.host}/"
        answer = visit([url], replace(PATIENT, let_through=(server.host,)))[url]
    assert answer.outcome is Outcome.UNTRUSTED
    assert "self" in answer.reason
    assert not server.asked


PRIVATE = [
    "127.0.0.1",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.9.9",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
]
PRIVATE += ["::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"]


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_refused_however_they_are_wrapped(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "64:ff9b::5db8:d70e"])
def test_public_addresses_are_not(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001", "017700000001", "[::1]"])
def test_the_machine_itself_is_not_reached_by_any_spelling(server: LinkServer, host: str) -> None:
    url = f"http://{host}:{server.server_port}/"
    assert visit([url], PATIENT)[url].outcome in (Outcome.PRIVATE, Outcome.SILENT)
    assert not server.asked


def test_a_name_with_one_private_address_among_public_ones_is_refused() -> None:
    async def both(host: str, port: int) -> Sequence[str]:
        return ("93.184.215.14", "127.0.0.1")

    with pytest.raises(PrivateAddressError):
        apart(addresses("double.example", 80, ask=both))


def test_a_name_is_resolved_once_and_the_connection_goes_to_what_was_checked(server: LinkServer) -> None:
    """A name whose second answer would be another (DNS rebinding) is never asked twice for one question."""
    asked: list[str] = []

    async def rebinding(host: str, port: int) -> Sequence[str]:
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("10.9.9.9",)

    url = f"http://hote.example:{server.server_port}/"
    manners = replace(PATIENT, resolve=rebinding, let_through=("hote.example",))
    assert visit([url], manners)[url].outcome is Outcome.WELL
    assert (asked, server.paths()) == (["hote.example"], ["/"])


@pytest.mark.parametrize(
    "path",
    [
        "/u/AQEAAAA",
        "/p/jeton",
        "/c/jeton",
        "/unsubscribe?id=1",
        "/liste/d%C3%A9sabonnement",
        "/optout",
        "/confirm/abc",
        "/x?token=abc",
        "/x?a=1&key=abc",
    ],
)
def test_links_that_act_are_known(path: str) -> None:
    assert acts(f"https://example.org{path}")
    assert not acts("https://example.org/abonnement-annuel?page=2")


BODY = """---
subject: Essai
preheader: Un essai des liens, de ceux qui répondent et des autres.
---

# Essai

[Une page](http://{host}/) et [une autre](http://{host}/missing?é=1), puis
[la même](http://{host}/missing?é=1) et [déplacée](http://{host}/moved#fin).

[Partir](http://{host}/unsubscribe?who=1), [écrire](mailto:contact@example.org), [appeler](tel:+15145550000),
[mes choix]({{{{ links.preferences }}}}).

::: only in=text

Dans le texte seulement : <http://{host}/missing-in-text>

:::

::: only lists=demo

[Pour une liste](http://{host}/missing-for-a-list)

:::

```card
title: Une carte
url: http://{host}/missing-card
```
"""


def _issue(folder: Path, server: LinkServer, body: str = BODY, *, config: str = "") -> list[Finding]:
    (folder / "issues").mkdir()
    (folder / "newsletter.toml").write_text(
        f'[site]\nname = "Coalition"\n[lint]\nprivate_hosts = ["{server.host}"]\n{config}', encoding="utf-8"
    )
    (folder / "issues" / "essai.md").write_text(body.format(host=server.host), encoding="utf-8")
    project = open_project(folder, {})
    _count, found = check_links(project, ["essai"], manners=replace(PATIENT, let_through=(server.host,)))
    return sorted(found, key=lambda finding: (finding.location.line, finding.location.column))


def test_findings_stand_where_the_links_stand_in_the_markdown(server: LinkServer, tmp_path: Path) -> None:
    found = _issue(tmp_path, server)
    lines = BODY.format(host=server.host).splitlines()
    places = [(each.code, each.location.line, each.location.column) for each in found]
    assert places == [
        ("NL330", 8, lines[7].index(f"http://{server.host}/missing") + 1),
        ("NL330", 9, lines[8].index(f"http://{server.host}/missing") + 1),
        ("NL332", 9, lines[8].index(f"http://{server.host}/moved") + 1),
        ("NL330", 16, lines[15].index("http") + 1),
        ("NL330", 22, lines[21].index("http") + 1),
        ("NL330", 28, 6),
    ]
    assert found[2].suggestion == f"http://{server.host}/new"


def test_nothing_that_acts_is_fetched_and_nothing_twice(server: LinkServer, tmp_path: Path) -> None:
    _issue(tmp_path, server)
    heads = [path for method, path in server.asked if method == "HEAD"]
    assert len(heads) == len(set(heads))
    assert not [path for path in heads if "unsubscribe" in path or "/u/" in path or "/p/" in path]
    assert {"/", "/missing?%C3%A9=1", "/moved", "/missing-in-text", "/missing-for-a-list", "/missing-card"} <= set(
        heads
    )


def test_what_the_author_switched_off_is_not_said(server: LinkServer, tmp_path: Path) -> None:
    body = BODY.replace("---\n\n# ", "lint: {{ignore: [{{code: NL330, reason: essai}}]}}\n---\n\n# ", 1)
    assert {finding.code for finding in _issue(tmp_path, server, body)} == {"NL332"}


def _certificate(folder: Path) -> Path:
    """Make a certificate that vouches for itself."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "essai")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = folder / "essai.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path
