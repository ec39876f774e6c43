"""The parts of a mail as files: HTML, text, the whole mail, the web version, each as one reader gets it."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.audience.subscriber import Subscriber
from newsletter.config import Sender
from newsletter.project.letters import sample_letter, sample_values
from newsletter.project.results import Rendered
from newsletter.project.sending import sender_of

if TYPE_CHECKING:
    from newsletter.edition.edition import Attachment, Edition
    from newsletter.issue.document import Issue
    from newsletter.message import Letter
    from newsletter.project.project import Project

#: who writes when nobody is named yet: a part that names no sender does not need one
_NOBODY = Sender.model_validate({"from": "exemple@example.org"})


def render_parts(project: Project, name: str, part: str, *, readers: tuple[str, ...]) -> Iterator[Rendered]:
    """Render an issue (a file, or all languages of a slug) for each reader, in the reader's language.

    `part` is html, text, eml or web. Raises IssueError when the file can not be read, ThemeError when the
    theme is wrong, ConfigError when a mail has no sender.
    """
    source, issues = project.issues_of(name)
    wanted = () if part == "eml" else (part,)
    editions = [(issue, project.press.render(issue, parts=wanted)) for issue in issues]
    if not readers:
        for issue, edition in editions:
            yield _rendered(project, issue, edition, part, source, "", unknown_reader(issue))
    for key in readers:
        reader = project.personas[key]
        issue, edition = next((pair for pair in editions if pair[0].lang == reader.lang), editions[0])
        yield _rendered(project, issue, edition, part, source, key, reader)


def unknown_reader(issue: Issue) -> Subscriber:
    """Return a reader of whom only the language and the issue's lists are known."""
    lists = issue.front.audience.lists
    return Subscriber(id=0, key="0" * 32, address="exemple@example.org", lang=issue.lang, lists=lists)


def _rendered(
    project: Project, issue: Issue, edition: Edition, part: str, source: Path, key: str, reader: Subscriber
) -> Rendered:
    content = _content(project, issue, edition, part, reader)
    findings = (*issue.findings, *edition.findings)
    return Rendered(
        slug=issue.slug,
        lang=issue.lang,
        source=source,
        reader=key,
        content=content,
        findings=tuple(dict.fromkeys(findings)),
    )


def _content(project: Project, issue: Issue, edition: Edition, part: str, reader: Subscriber) -> bytes:
    if part == "eml":
        return open_sample(project, issue, edition, reader, named=True).to(reader, 1).content
    _sender, values = seen_by(project, issue, edition, reader)
    if part == "web":
        return with_images(edition.web(values), edition, in_page).encode()
    return {"html": edition.html, "text": edition.text}[part](values).encode()


def with_images(html: str, edition: Edition, place: Callable[[Attachment], str]) -> str:
    """Give the pictures that travel inside the mail an address that a browser can follow."""
    for each in edition.attachments:
        if each.cid:
            html = html.replace(f'"cid:{each.cid}"', f'"{place(each)}"')
    return html


def in_page(picture: Attachment) -> str:
    """Return a picture as an address that holds it whole (RFC 2397): the page needs no other file."""
    return f"data:{picture.media_type};base64,{b64encode(picture.content).decode()}"


def open_sample(project: Project, issue: Issue, edition: Edition, reader: Subscriber, *, named: bool) -> Letter:
    """Open the letter that a persona gets; `named`: somebody must be named as its sender."""
    return sample_letter(project, edition, sender=_sender(project, issue, named=named), reader=reader)


def seen_by(project: Project, issue: Issue, edition: Edition, reader: Subscriber) -> tuple[str, Mapping[str, object]]:
    """Return who writes to a persona, and what merge fields hold for them; nothing is encoded for it."""
    sender = _sender(project, issue, named=False)
    return sender.from_, sample_values(project, edition, sender=sender, reader=reader)


def _sender(project: Project, issue: Issue, *, named: bool) -> Sender:
    if not named and project.config.default_sender is None:
        return _NOBODY
    from newsletter.audience.lists import MailingList

    lists = [project.lists[name] for name in issue.front.audience.lists if name in project.lists]
    return sender_of(project, issue.front, lists[0] if lists else MailingList(name=""))
