"""Visit addresses: several at a time, one at a time of a host, with a rest between, and with an end to everything."""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import islice
from urllib.parse import urljoin

from newsletter.edition.check.answers import MOST, Answer, Outcome
from newsletter.language import _
from newsletter.project.linkcheck.client import NotHttpError, Reply, Target, ask, target_of
from newsletter.project.linkcheck.guard import PrivateAddressError, Resolve, addresses, resolve

MAX_REDIRECTS = 3
_REDIRECT = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_GONE = frozenset({404, 410})


@dataclass(frozen=True, kw_only=True)
class Manners:
    """How addresses are visited."""

    most: int = MOST
    at_once: int = 8
    #: seconds for one question, and for an address with its redirections
    answer_within: float = 10
    arrive_within: float = 25
    #: seconds between two questions to one host
    rest: float = 0.3
    #: hosts (`host` or `host:port`) that may be private: an intranet, a test's own server
    let_through: tuple[str, ...] = ()
    resolve: Resolve = resolve


def visit(urls: Iterable[str], manners: Manners) -> dict[str, Answer]:
    """Visit the first addresses of these and return what each answered; the rest is not in the result."""
    chosen = list(islice(dict.fromkeys(urls), manners.most))

    def run() -> dict[str, Answer]:
        return asyncio.run(_Round(manners=manners).visit_all(chosen))

    with ThreadPoolExecutor(max_workers=1) as thread:  # the caller may be in a loop of its own
        return thread.submit(copy_context().run, run).result()


@dataclass(frozen=True, kw_only=True)
class _Round:
    """One round of visits."""

    manners: Manners
    context: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    doors: defaultdict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def visit_all(self, urls: list[str]) -> dict[str, Answer]:
        slots = asyncio.Semaphore(self.manners.at_once)

        async def one(url: str) -> Answer:
            async with slots:
                return await self._visit(url)

        answers = await asyncio.gather(*(one(url) for url in urls))
        return dict(zip(urls, answers, strict=True))

    async def _visit(self, url: str) -> Answer:
        """Follow an address to its end and say what became of it."""
        try:
            async with asyncio.timeout(self.manners.arrive_within):
                return await self._follow(url)
        except PrivateAddressError:
            return Answer(outcome=Outcome.PRIVATE)
        except TimeoutError:
            return Answer(outcome=Outcome.SILENT, reason=_("no answer in time"))
        except ssl.SSLCertVerificationError as error:
            return Answer(outcome=Outcome.UNTRUSTED, reason=error.verify_message)
        except ssl.SSLError:
            return Answer(outcome=Outcome.UNTRUSTED, reason=_("no common encryption"))
        except (OSError, NotHttpError, ValueError, UnicodeError) as error:
            return Answer(outcome=Outcome.SILENT, reason=_why(error))

    async def _follow(self, url: str) -> Answer:
        here, moved_to, for_good, passed = url, "", True, {url}
        for _hop in range(MAX_REDIRECTS + 1):
            reply = await self._ask_twice(here)
            if reply.status not in _REDIRECT or not reply.location:
                return _answer(reply, moved_to)
            here = urljoin(here, reply.location).partition("#")[0]
            for_good = for_good and reply.status in _FOR_GOOD
            moved_to = here if for_good else moved_to
            if here in passed:
                break
            passed.add(here)
        return Answer(outcome=Outcome.LOOP, status=reply.status)

    async def _ask_twice(self, url: str) -> Reply:
        """Ask for the head alone; some servers refuse that or answer it wrongly, so faults are asked for again."""
        target = target_of(url)
        reply = await self._ask("HEAD", target)
        return await self._ask("GET", target) if reply.status >= 400 else reply

    async def _ask(self, method: str, target: Target) -> Reply:
        async with self.doors[target.authority]:
            async with asyncio.timeout(self.manners.answer_within):
                checked = await addresses(
                    target.host, target.port, ask=self.manners.resolve, let_through=self.manners.let_through
                )
                reply = await ask(method, target, checked, self.context)
            await asyncio.sleep(self.manners.rest)
        return reply


def _answer(reply: Reply, moved_to: str) -> Answer:
    if reply.status in _GONE:
        return Answer(outcome=Outcome.GONE, status=reply.status)
    if reply.status >= 400 or reply.status < 200:
        return Answer(outcome=Outcome.REFUSED, status=reply.status)
    if moved_to:
        return Answer(outcome=Outcome.MOVED, status=reply.status, moved_to=moved_to)
    return Answer(outcome=Outcome.WELL, status=reply.status)


def _why(error: Exception) -> str:
    """Return in words what kept somebody from answering."""
    import socket

    if isinstance(error, socket.gaierror):
        return _("nobody has this name")
    if isinstance(error, ConnectionRefusedError):
        return _("the connection is refused")
    if isinstance(error, NotHttpError):
        return _("what answers is not a web server")
    if isinstance(error, ValueError):
        return _("it is not a web address")
    return _("no connection")


Answers = Mapping[str, Answer]
