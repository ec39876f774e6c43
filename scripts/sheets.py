"""One block on one sheet: a row for each theme, and beside each other light, dark and with images off."""

from __future__ import annotations

import base64
import html
from pathlib import Path
from typing import TYPE_CHECKING

from newsletter.edition.options import RenderOptions, SiteFacts
from newsletter.edition.rendering import render
from newsletter.edition.theme import open_theme, shipped_themes
from newsletter.issue import read_text
from newsletter.issue.options import ReadOptions
from newsletter.project.picture import hills

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Route

#: a viewport's width -> what of it is shown: a desktop's margins say nothing
WIDTHS = {390: 390, 1280: 664}
LOOKS = {"light": "clair · light", "dark": "sombre · dark", "off": "sans images · images off"}
HEAD = "---\nsubject: Bloc\npreheader: Un bloc\nlang: fr-CA\n---\n\n"
READER: dict[str, object] = {
    "subscriber": {"first_name": "Camille", "name": "Camille Exemple", "lang": "fr-CA", "lists": (), "fields": {}},
    "links": {"unsubscribe": "https://exemple.org/u/x", "preferences": "", "web": ""},
    "list": {"title": "", "reason": ""},
}
OFF = '<head><meta http-equiv="Content-Security-Policy" content="img-src \'none\'">'
#: leave the block: take out the masthead, the foot and the heading that every issue has; then say how high it is
TRIM = """
frame => {
  const page = frame.contentDocument, parts = [...page.querySelector('.paper').children];
  const shown = parts.filter(part => part.tagName === 'DIV' && part.style.display !== 'none');
  shown[0].remove(); shown.at(-1).remove();
  for (const title of page.querySelectorAll('h1')) if (title.textContent === 'Bloc') title.remove();
  page.body.style.padding = '16px 0 8px';
  frame.style.height = page.documentElement.scrollHeight + 'px';
}
"""
STYLE = """
body { margin: 0; padding: 16px; width: max-content; background: #D9D4CB; font: 14px/20px sans-serif; color: #22252B; }
.sheet { display: grid; grid-template-columns: repeat(3, auto); gap: 8px 16px; }
figure { margin: 0; } figcaption { padding: 0 0 4px; }
.window { overflow: hidden; } iframe { display: block; border: 0; }
"""


def sheet_of(browser: Browser, source: str, *, width: int, themes: tuple[str, ...]) -> bytes:
    """Return a block's sheet as WebP."""
    frames = "".join(_figure(theme, look, _mail(source, theme), width) for theme in themes for look in LOOKS)
    # a browser that is told a scheme would show it in every frame
    page = browser.new_page(viewport={"width": 3 * WIDTHS[width] + 64, "height": 600}, color_scheme="null")
    page.route("**/*.png", _picture)
    page.set_content(f"<!doctype html><style>{STYLE}</style><div class=sheet>{frames}</div>", wait_until="networkidle")
    for frame in page.query_selector_all("iframe"):
        frame.evaluate(TRIM)
    page.wait_for_timeout(100)
    box = page.evaluate("({width: document.body.offsetWidth, height: document.body.offsetHeight})")
    page.set_viewport_size(box)
    shot = page.context.new_cdp_session(page).send("Page.captureScreenshot", {"format": "webp", "quality": 80})
    page.close()
    return base64.b64decode(shot["data"])


def _mail(source: str, theme: str) -> str:
    """Render a mail that holds one block."""
    chosen = open_theme(shipped_themes() / theme)
    options = ReadOptions(colours=chosen.grounds)
    issue = read_text(HEAD + source, path=Path("bloc.md"), folder=None, root=Path(), options=options)
    site = SiteFacts(lang="fr-CA", name="Coalition", newsletter="L’infolettre", url="https://exemple.org")
    return render(issue, chosen, options=RenderOptions(site=site)).html(READER)


def _figure(theme: str, look: str, mail: str, width: int) -> str:
    """Return a window of a mail: as wide as the screen, cut to its middle."""
    shown = WIDTHS[width]
    mail = html.escape(mail.replace("<head>", OFF, 1) if look == "off" else mail)
    style = f"color-scheme:{'dark' if look == 'dark' else 'light'};margin-left:-{(width - shown) // 2}px"
    frame = f'<iframe srcdoc="{mail}" width={width} style="{style}"></iframe>'
    window = f"<div class=window style='width:{shown}px'>{frame}</div>"
    return f"<figure><figcaption>{theme} — {LOOKS[look]}</figcaption>{window}</figure>"


def _picture(route: Route) -> None:
    """Answer every request for a picture with one of our own; a portrait is square."""
    size = (144, 144) if "anne" in route.request.url else (480, 360)
    route.fulfill(content_type="image/png", body=hills(*size))
