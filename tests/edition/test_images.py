"""Images: beside the issue they travel inside the mail, elsewhere they stay; sizes are written."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from edition_parts import READER
from selectolax.lexbor import LexborHTMLParser

from newsletter.edition.edition import Edition
from newsletter.edition.options import ImageMode


def png(width: int, height: int) -> bytes:
    """Return a grey picture."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        whole = kind + content
        return struct.pack(">I", len(content)) + whole + struct.pack(">I", zlib.crc32(whole))

    rows = b"".join(b"\0" + b"\x88" * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "images" / "été 1.png"
    path.parent.mkdir()
    path.write_bytes(png(800, 400))
    return path


BODY = """![Une porte](<images/été 1.png>)

Du texte ![petite](<images/été 1.png>){width=40}.

```card
title: Carte
image: "images/été 1.png"
alt: Une porte
```

<img src="images/%C3%A9t%C3%A9%201.png" alt="brute">
"""


def images(part: str) -> list[dict[str, str | None]]:
    return [dict(node.attributes) for node in LexborHTMLParser(part).css("img")]


def test_an_image_beside_the_issue_travels_once(edit: Callable[..., Edition], picture: Path) -> None:
    edition = edit(BODY)
    (file,) = edition.attachments
    assert (file.filename, file.media_type, file.content) == ("été 1.png", "image/png", picture.read_bytes())
    assert {image["src"] for image in images(edition.html(READER))} == {f"cid:{file.cid}"}
    assert len(images(edition.html(READER))) == 4
    assert not edition.findings


def test_sizes_are_written_and_fit(edit: Callable[..., Edition], picture: Path) -> None:
    found = images(edit(BODY).html(READER))
    assert [(image.get("width"), image.get("height")) for image in found[:3]] == [
        ("536", "268"),
        ("40", "20"),
        ("140", "70"),
    ]


def test_linked_images_have_their_whole_address(edit: Callable[..., Edition], picture: Path) -> None:
    edition = edit(BODY, images=ImageMode.LINK, base_url="https://exemple.org/n/essai")
    assert not edition.attachments
    assert {image["src"] for image in images(edition.html(READER))} == {
        "https://exemple.org/n/essai/images/%C3%A9t%C3%A9%201.png"
    }


def test_without_a_site_linked_images_travel_all_the_same(edit: Callable[..., Edition], picture: Path) -> None:
    assert len(edit(BODY, images=ImageMode.LINK).attachments) == 1


@pytest.mark.parametrize("source", ["../secret.png", "/etc/passwd", "images/absente.png", "images/été 1.txt"])
def test_nothing_else_is_read(edit: Callable[..., Edition], picture: Path, tmp_path: Path, source: str) -> None:
    (tmp_path.parent / "secret.png").write_bytes(b"secret")
    picture.with_suffix(".txt").write_bytes(b"secret")
    assert not edit(f"![x](<{source}>)").attachments


def test_images_elsewhere_stay_where_they_are(edit: Callable[..., Edition]) -> None:
    edition = edit("![x](https://exemple.org/i.png) ![y](data:image/png;base64,AAAA) ![z](data:text/html,x)\n")
    assert not edition.attachments
    assert [image["src"] for image in images(edition.html(READER))] == [
        "https://exemple.org/i.png",
        "data:image/png;base64,AAAA",
    ] or len(images(edition.html(READER))) == 2


def test_the_digest_knows_what_an_image_holds(edit: Callable[..., Edition], picture: Path) -> None:
    before = edit(BODY).digest
    assert edit(BODY).digest == before
    picture.write_bytes(png(800, 401))
    assert edit(BODY).digest != before


def test_the_files_of_the_front_matter_travel_too(edit: Callable[..., Edition], tmp_path: Path) -> None:
    (tmp_path / "ordre du jour.pdf").write_bytes(b"%PDF-1.7")
    head = "---\nsubject: Essai\nattachments: ['ordre du jour.pdf', absent.pdf]\n---\n"
    (file,) = edit("Texte.", head=head).attachments
    assert (file.filename, file.media_type, file.content, file.cid) == (
        "ordre du jour.pdf",
        "application/pdf",
        b"%PDF-1.7",
        "",
    )
