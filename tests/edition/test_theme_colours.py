"""The colours of the themes that ship: every text is at least 4.5 times as light or dark as its ground (WCAG 1.4.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import pytest
from edition_parts import READER, shipped
from test_accessibility import sample

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from newsletter.edition.edition import Edition

THEMES = ("default", "sobre")
KINDS = ("note", "tip", "important", "warning", "caution")


def luminance(colour: str) -> float:
    """Return the relative luminance of #RRGGBB (WCAG 2.2)."""
    parts = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def inverted(colour: str) -> str:
    """Return a ground or a text as a program that forces the dark shows it: grey value against grey value."""
    return "#" + "".join(f"{255 - int(colour[at : at + 2], 16):02X}" for at in (1, 3, 5))


_TO_XYZ = ((0.4124564, 0.3575761, 0.1804375), (0.2126729, 0.7151522, 0.072175), (0.0193339, 0.119192, 0.9503041))
_TO_RGB = ((3.2404542, -1.5371385, -0.4985314), (-0.969266, 1.8760108, 0.041556), (0.0556434, -0.2040259, 1.0572252))
_WHITE = (0.95047, 1.0, 1.08883)


def _times(matrix: tuple[tuple[float, ...], ...], values: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, values, strict=True)) for row in matrix)


def turned(colour: str, *, text: bool) -> str:
    """Return a colour as Gmail and Outlook.com turn it: its lightness in CIE LCH mirrored at 50, less colourful."""
    parts = tuple(int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    linear = tuple(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    scaled = (value / white for value, white in zip(_times(_TO_XYZ, linear), _WHITE, strict=True))
    x, y, z = (value ** (1 / 3) if value > 0.008856 else 7.787 * value + 16 / 116 for value in scaled)
    lightness = 116 * y - 16
    if lightness >= 50 if text else lightness < 50:
        return colour
    up = (50 - (lightness - 50) * 0.75 + 16) / 116
    roots = (up + 0.8 * (x - y), up, up - 0.8 * (y - z))
    cubes = (root**3 if root**3 > 0.008856 else (root - 16 / 116) / 7.787 for root in roots)
    back = _times(_TO_RGB, tuple(cube * white for cube, white in zip(cubes, _WHITE, strict=True)))
    curved = (12.92 * c if c <= 0.0031308 else 1.055 * c ** (1 / 2.4) - 0.055 for c in (max(0.0, c) for c in back))
    return "#" + "".join(f"{round(255 * min(1.0, part)):02X}" for part in curved)


def pairs(colours: Mapping[str, str], grounds: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each text with each ground that it can stand on."""
    everywhere = ("ink", "blue", "faint")
    found = [(text, ground) for text in everywhere for ground in ("paper", "sheet", *set(grounds.values()))]
    found += [("terracotta", "sheet"), ("terracotta", "paper"), ("ink", "code")]
    found += [(f"{kind}_title", kind) for kind in KINDS] + [("ink", kind) for kind in KINDS]
    found += [("blue", kind) for kind in KINDS]
    return [*found, ("on_blue", "blue")] if "on_blue" in colours else found


def test_the_measure_is_that_of_the_guideline() -> None:
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("scheme", ["colours", "dark", "inverted"])
def test_every_text_can_be_read_on_every_ground(theme: str, scheme: str) -> None:
    settings = shipped(theme).settings
    colours = dict(settings.dark if scheme == "dark" else settings.colours)
    if scheme == "dark":
        colours = {**settings.colours, **settings.dark}
    if scheme == "inverted":
        colours = {name: inverted(value) for name, value in colours.items()}
    weak = {
        f"{text} {colours[text]} on {ground} {colours[ground]}": round(contrast(colours[text], colours[ground]), 2)
        for text, ground in pairs(colours, settings.grounds)
        if contrast(colours[text], colours[ground]) < 4.5
    }
    assert not weak


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_can_be_read_where_colours_are_turned_by_their_lightness(theme: str) -> None:
    settings = shipped(theme).settings
    colours = settings.colours
    weak = {
        f"{text} on {ground}": round(contrast(turned(colours[text], text=True), turned(colours[ground], text=False)), 2)
        for text, ground in pairs(colours, settings.grounds)
        if contrast(turned(colours[text], text=True), turned(colours[ground], text=False)) < 4.5
    }
    assert not weak
    assert contrast(turned("#A2441F", text=True), turned("#F4F1EC", text=False)) == pytest.approx(4.14, abs=0.01)


@pytest.mark.parametrize("theme", THEMES)
def test_outlook_gets_tables_of_a_width_of_its_own(edit: Callable[..., Edition], theme: str) -> None:
    html = edit(":::: columns\n\n::: column\n\nA\n\n:::\n\n::: column\n\nB\n\n:::\n\n::::\n", theme=theme).html(READER)
    assert html.count("<!--[if ") == html.count("<![endif]") > 4
    assert "xmlns:o=" in html


@pytest.mark.parametrize("theme", THEMES)
def test_the_preheader_is_hidden_without_pale_letters(edit: Callable[..., Edition], theme: str) -> None:
    html = edit("Texte.", theme=theme).html(READER)
    assert '<div style="display:none;max-height:0;overflow:hidden;mso-hide:all">En bref' in html
    assert "color:#ffffff" not in html[: html.index("En bref")].lower()


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
def test_on_paper_there_is_no_ground_and_columns_stay_beside_each_other(
    edit: Callable[..., Edition], chromium: Browser, theme: str
) -> None:
    page = chromium.new_page(viewport={"width": 794, "height": 1123})
    page.set_content(edit(sample(), theme=theme).html(READER), wait_until="domcontentloaded")
    page.emulate_media(media="print")
    tops = page.evaluate("[...document.querySelectorAll('.of-2')].slice(0, 2).map(e => e.getBoundingClientRect().top)")
    assert len(tops) == 2
    assert tops[0] == tops[1]
    clear = "rgba(0, 0, 0, 0)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == clear
    assert page.evaluate("getComputedStyle(document.querySelector('.button a')).backgroundColor") == clear
    page.close()


@pytest.mark.browser
@pytest.mark.parametrize("theme", THEMES)
def test_words_in_place_of_a_picture_can_be_read_in_the_dark(
    edit: Callable[..., Edition], chromium: Browser, theme: str
) -> None:
    page = chromium.new_page(color_scheme="dark")
    page.set_content(edit(sample(), theme=theme).html(READER), wait_until="domcontentloaded")
    colours = page.evaluate("[...new Set([...document.images].map(image => getComputedStyle(image).color))]")
    red, green, blue = bytes.fromhex(shipped(theme).settings.dark["faint"].removeprefix("#"))
    assert colours == [f"rgb({red}, {green}, {blue})"]
    page.close()
