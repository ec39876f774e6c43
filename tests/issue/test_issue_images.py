"""Images of the issue's folder: found, measured, never outside the folder."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from issue_parts import places

from newsletter.issue.images import inside, is_local, look_at, pixel_size


def png(width: int, height: int) -> bytes:
    return (
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + b"IHDR" + struct.pack(">II", width, height) + b"\x08\x06\0\0\0"
    )


def gif(width: int, height: int) -> bytes:
    return b"GIF89a" + struct.pack("<HH", width, height) + bytes(20)


def jpeg(width: int, height: int) -> bytes:
    exif = b"\xff\xe1" + struct.pack(">H", 60_000) + bytes(59_998)
    frame = b"\xff\xff\xc2" + struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\x01" + exif + frame


def webp(kind: bytes, body: bytes) -> bytes:
    return b"RIFF" + struct.pack("<I", 100) + b"WEBP" + kind + struct.pack("<I", len(body)) + body + bytes(30)


LOSSY = webp(b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a" + struct.pack("<HH", 640, 480))
LOSSLESS = webp(b"VP8L", b"\x2f" + ((639) | (479 << 14)).to_bytes(4, "little"))
EXTENDED = webp(b"VP8X", bytes(4) + (639).to_bytes(3, "little") + (479).to_bytes(3, "little"))


@pytest.mark.parametrize("head", [png(640, 480), gif(640, 480), jpeg(640, 480), LOSSY, LOSSLESS, EXTENDED])
def test_the_size_is_in_the_first_bytes(head):
    assert pixel_size(head) == (640, 480)


@pytest.mark.parametrize(
    "head", [b"", b"GIF89a", b"\xff\xd8\xff", b"\xff\xd8\xff\xe1\xff\xff", b"%PDF", png(0, 5), b"RIFF"]
)
def test_what_is_no_image_has_no_size(head):
    assert pixel_size(head) is None


@settings(deadline=None)
@given(st.sampled_from([b"", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"\xff\xd8", b"RIFF1234WEBP"]), st.binary(max_size=60))
def test_no_bytes_raise(start, rest):
    pixel_size(start + rest)


@pytest.mark.parametrize("name", ["../x.png", "/etc/passwd", "a/../../x.png", "%2e%2e/x.png", "\x00", "", "lien/x.png"])
def test_nothing_is_read_outside_the_folder(tmp_path, name):
    folder = tmp_path / "numero"
    folder.mkdir()
    (tmp_path / "x.png").write_bytes(png(1, 1))
    (folder / "lien").symlink_to(tmp_path)
    assert inside(folder, name) is None


def test_what_is_local():
    assert [is_local(x) for x in ("a.png", "./a b.png", "images/a.png")] == [True] * 3
    assert [
        is_local(x) for x in ("https://e.org/a.png", "//e.org/a.png", "/a.png", "data:image/png,x", "cid:x", "#a", "")
    ] == ([False] * 7)


def test_an_image_gets_its_size_from_its_file_and_is_among_the_files(body, tmp_path):
    (tmp_path / "ma photo.png").write_bytes(png(640, 480))
    issue = body("![a](<ma photo.png>)\n\ntexte ![b](ma%20photo.png){width=320}\n")
    assert places(issue) == []
    assert (issue.blocks[0].width, issue.blocks[0].height) == (640, 480)
    image = issue.blocks[1].tokens[1].children[1]
    assert (image.attrs["width"], image.attrs["height"]) == (320, 240)
    assert issue.files == (str(tmp_path / "essai.md"), str(tmp_path / "ma photo.png"))


def test_height_alone_gives_the_width(body, tmp_path):
    (tmp_path / "a.gif").write_bytes(gif(600, 300))
    block = body("![a](a.gif){height=100}").blocks[0]
    assert (block.width, block.height) == (200, 100)


def test_a_percentage_is_no_number_of_pixels(body, tmp_path):
    (tmp_path / "a.gif").write_bytes(gif(600, 300))
    assert body("![a](a.gif){width=50%}").blocks[0].width == 600


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("![a](absente.png)", "5:6 NL301"),
        ("texte\n![a](absente.png)", "6:6 NL301"),
        ("![a](../ailleurs.png)", "5:6 NL302"),
        ("![a](faux.png)", "5:6 NL305"),
        ("![a](lourde.png)", "5:6 NL303"),
        ("![a](data:image/png;base64,AAAA)", "5:6 NL304"),
        ("```card\ntitle: x\nalt: y\nimage: absente.png\n```", "8:8 NL301"),
    ],
)
def test_what_is_wrong_with_an_image_is_said_at_its_place(body, tmp_path, text, wanted):
    (tmp_path / "faux.png").write_bytes(b"not an image")
    (tmp_path / "lourde.png").write_bytes(png(10, 10) + bytes(600_000))
    assert places(body(text)) == [wanted]


def test_a_drawing_has_no_size_and_no_fault(tmp_path):
    (tmp_path / "a.svg").write_text("<svg/>")
    assert look_at(tmp_path, "a.svg").trouble is None
