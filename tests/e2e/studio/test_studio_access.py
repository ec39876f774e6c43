"""For everybody: axe, keys, both languages, from a phone to a wide screen (checks 12, 19, 20, 25)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from studio_seat import FRAME, LONG, MARKS, TEXT, Seat, Served, axe, save

if TYPE_CHECKING:
    from axe_playwright_python.base import AxeResults

pytestmark = MARKS
Sit = Callable[..., Seat]
OPENED = {
    "mail": "",
    "text": "document.getElementById('tab-text').click()",
    "source": "document.getElementById('tab-source').click()",
    "headers": "document.getElementById('tab-headers').click()",
    "web": "document.getElementById('tab-web').click()",
    "palette": "document.getElementById('open-palette').click()",
    "keys": "document.dispatchEvent(new KeyboardEvent('keydown', { key: '?', bubbles: true }))",
    "real": "document.getElementById('real-person').showModal()",
}


def _axe(seat: Seat) -> AxeResults:
    return axe(seat.page, iframes=False)


@pytest.mark.parametrize(
    ("lang", "scheme"),
    [
        ("french", "light"),
        ("english", "dark"),
        pytest.param("french", "dark", marks=pytest.mark.torture),
        pytest.param("english", "light", marks=pytest.mark.torture),
    ],
)
def test_12_the_studio_passes_axe_in_every_state(
    sit: Sit, request: pytest.FixtureRequest, lang: str, scheme: str
) -> None:
    studio: Served = request.getfixturevalue(lang)
    studio.issue(
        "axe", "![](images/absente.png)\n\n::: calout\n\nx\n\n:::\n\nFin.", "---\nsubject: Essai\npreheeder: x\n---\n\n"
    )
    seat = sit(studio, color_scheme=scheme, reduced_motion="reduce")
    seat.look_at("axe", "Fin.")
    seat.settled()
    for name, step in OPENED.items():
        if step:
            seat.says(step)
        seat.settled()
        found = _axe(seat)
        assert found.violations_count == 0, f"{name}: {found.generate_report()}"
        seat.says("document.querySelectorAll('dialog[open]').forEach((each) => each.close())")
    seat.says("document.body.insertAdjacentHTML('beforeend', '<img src=\"data:,\">')")
    assert _axe(seat).violations_count > 0, "axe looked at nothing"


@pytest.mark.parametrize("lang", ["french", "english"])
def test_12_a_fault_over_a_phone_s_page_passes_axe(sit: Sit, request: pytest.FixtureRequest, lang: str) -> None:
    studio: Served = request.getfixturevalue(lang)
    path = studio.issue("axe-faute", "Bonne image.")
    seat = sit(studio, viewport={"width": 360, "height": 740})
    seat.look_at("axe-faute", "Bonne image.")
    save(path, '---\nsubject: "x\n---\n\ny\n')
    seat.until("!document.getElementById('fault').hidden")
    found = _axe(seat)
    assert found.violations_count == 0, found.generate_report()


def test_12_axe_says_in_french_what_a_planted_fault_is_and_nothing_of_a_good_mail(sit: Sit, french: Served) -> None:
    seat = sit(french)
    seat.look_at("bienvenue", "Bonjour")
    seat.until("/vérifications réussies/.test(document.getElementById('audit-state').textContent)")
    assert seat.page.locator("#audit li").count() == 0
    seat.says(
        """() => { const fetch = window.fetch;
        window.fetch = async (url, ...more) => { const answer = await fetch(url, ...more);
          if (!String(url).includes("details.json")) return answer;
          const details = await answer.json();
          details.marked = details.marked.replace(/(<img[^>]*?) alt="[^"]*"/, "$1");
          return new Response(JSON.stringify(details)); }; }"""
    )
    french.issue("autre", "Un autre.")  # a new generation
    seat.until("document.querySelectorAll('#audit li').length === 1")
    assert "Une image n’a pas de texte de remplacement." in seat.page.inner_text("#audit")


def test_12_a_run_that_looked_at_nothing_is_no_good_news(sit: Sit, french: Served) -> None:
    seat = sit(french)
    seat.look_at("bienvenue", "Bonjour")
    seat.until("/vérifications réussies/.test(document.getElementById('audit-state').textContent)")
    frame = next(frame for frame in seat.page.frames if frame.url.endswith("/axe/frame"))
    frame.evaluate("axe.run = async () => ({ violations: [], passes: [], incomplete: [] })")
    french.issue("encore", "Encore un.")
    seat.until("document.getElementById('audit-state').textContent.includes('n’a pas pu être vérifiée')")


def test_20_the_keys_work_inside_the_mail_too(sit: Sit, french: Served) -> None:
    french.issue("touches", LONG)
    seat = sit(french)
    seat.look_at("touches", "Paragraphe 59")
    press = seat.page.keyboard.press
    for inside in (False, True):
        if inside:
            seat.page.frame_locator("#frame").locator("body").click(position={"x": 5, "y": 5})
        for key, button in (("d", "inverted"), ("D", "authored"), ("i", "images"), ("o", "outlook")):
            press(key)
            seat.until(f"document.getElementById('{button}').getAttribute('aria-pressed') === 'true'")
            press(key)
            seat.until(f"document.getElementById('{button}').getAttribute('aria-pressed') === 'false'")
        press("w")
        seat.until("document.getElementById('sheet').style.width !== ''")
        for number, tab in enumerate(("mail", "text", "source", "headers", "web"), 1):
            press(str(number))
            seat.until(f"document.getElementById('tab-{tab}').getAttribute('aria-selected') === 'true'")
        press("1")
        press("p")
        for keys, dialog in (("/", "palette"), ("Control+k", "palette"), ("?", "keys")):
            press(keys)
            seat.until(f"document.getElementById('{dialog}').open")
            press("Escape")
            seat.until(f"!document.getElementById('{dialog}').open")
        seat.says("(() => { document.querySelector('[data-width=\"\"]').click(); document.activeElement.blur(); })()")


def test_pictures_switched_off_and_on_at_once_leave_the_mail(sit: Sit, french: Served) -> None:
    """The second document is wanted while the first one is still on its way, whichever of them comes in time."""
    french.issue("aussitot", "Toujours là.")
    seat = sit(french)
    seat.look_at("aussitot", "Toujours là.")
    for kind, times in (("on", 2), ("off", 3), ("on", 1)):
        seat.says(f"for (let n = 0; n < {times}; n += 1) document.getElementById('images').click()")
        seat.page.wait_for_timeout(300)  # what is on its way comes in place of what is there
        seat.until(f"{FRAME}?.URL.endsWith('/frame/{kind}') && {TEXT}.includes('Toujours là.')")
    seat.page.frame_locator("#frame").locator("body").click(position={"x": 5, "y": 5})
    seat.page.keyboard.press("d")
    seat.until("document.getElementById('inverted').getAttribute('aria-pressed') === 'true'")


def test_20_the_palette_finds_and_does_what_is_asked(sit: Sit, french: Served) -> None:
    french.issue("palette", "Une palette.")
    seat = sit(french)
    seat.look_at("palette", "Une palette.")
    seat.page.keyboard.press("/")
    seat.page.keyboard.type("en-tetes")
    assert seat.page.locator("#palette-list [role=option]").count() == 1
    seat.page.keyboard.press("Enter")
    seat.until("document.getElementById('tab-headers').getAttribute('aria-selected') === 'true'")
    seat.page.keyboard.press("Control+k")
    seat.page.keyboard.type("zzzz")
    seat.until("!document.getElementById('palette-none').hidden")


def test_20_keys_of_one_letter_can_be_switched_off(sit: Sit, french: Served) -> None:
    french.issue("lettres", "Sans lettres.")
    seat = sit(french)
    seat.look_at("lettres", "Sans lettres.")
    seat.page.keyboard.press("?")
    seat.page.locator("#keys-on").uncheck()
    seat.page.keyboard.press("Escape")
    seat.page.keyboard.press("d")
    seat.page.wait_for_timeout(100)
    assert seat.page.get_attribute("#inverted", "aria-pressed") == "false"
    seat.page.keyboard.press("Control+k")
    seat.until("document.getElementById('palette').open")


def test_25_the_width_is_set_by_its_handle(sit: Sit, french: Served) -> None:
    french.issue("poignee", "Une poignée.")
    seat = sit(french)
    seat.look_at("poignee", "Une poignée.")
    seat.page.click("[data-width='390']")
    seat.page.focus("#grip")
    seat.page.keyboard.press("ArrowRight")
    seat.until("document.getElementById('sheet').offsetWidth === 400")
    assert "400 px" in seat.page.inner_text("#width-name")
    box = seat.page.locator("#grip").bounding_box()
    assert box is not None
    seat.page.mouse.move(box["x"] + 6, box["y"] + 100)
    seat.page.mouse.down()
    seat.page.mouse.move(box["x"] + 31, box["y"] + 100)
    seat.page.mouse.up()
    seat.until("document.getElementById('sheet').offsetWidth === 450")


NAMED = ".top, .top > *, .actions > *, .under > *, .views button, .pane-head, .chip, h2"
SIDEWAYS = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
#: what is out of the window, or wider than what holds it, and can not be scrolled to
CUT = f"""[...document.querySelectorAll("{NAMED}")]
  .filter((each) => each.checkVisibility() && (each.getBoundingClientRect().right > innerWidth + 1))
  .map((each) => each.className || each.tagName)"""


@pytest.mark.parametrize("lang", ["french", "english"])
def test_20_nothing_overflows(sit: Sit, request: pytest.FixtureRequest, lang: str) -> None:
    studio: Served = request.getfixturevalue(lang)
    studio.issue("large", "Anticonstitutionnellement" * 6 + "\n\nFin.", "---\nsubject: Essai\npreheeder: x\n---\n\n")
    seat = sit(studio, viewport={"width": 320, "height": 800})
    seat.look_at("large", "Fin.")
    seat.settled()
    for width in (320, 360, 768, 1024, 1280, 2560):
        seat.page.set_viewport_size({"width": width, "height": 800})
        seat.until(f"innerWidth === {width}")
        assert seat.says(SIDEWAYS), width
        assert seat.says(CUT) == [], width
        if width < 1024:
            for view, shown in (("issues", "#pane-issues"), ("findings", "#pane-findings"), ("mail", "#frame")):
                seat.page.click(f".views [data-view={view}]")
                assert seat.page.is_visible(shown), width
                assert seat.says(SIDEWAYS), width
        else:
            assert seat.page.is_visible("#pane-issues"), width
            assert seat.page.is_visible("#pane-findings"), width


#: what is the author's, or a script's
CONTENT = "#headers, #parts, #raw, #source, #text, #words, script, style, #inbox .cells, #issues .name, #persona option"
SHOWN = f"""[...document.querySelectorAll("body *")].filter((each) => !each.closest({CONTENT!r})).flatMap((each) => [
    ...[...each.childNodes].filter((node) => node.nodeType === 3).map((node) => node.data.trim()),
    ...["title", "aria-label", "placeholder", "aria-valuetext"].map((name) => each.getAttribute(name) || "")])
  .filter((text) => /[a-zà-ÿ]{{3}}/i.test(text))"""
#: names, and what both languages write alike
ALIKE = re.compile(
    r"infolettre|Apple Mail|Outlook|Gmail|axe|fr-CA|NL\d|Images?$|Date$|notes?$|Page|Control|px",
    re.I,
)


def test_19_every_visible_text_is_in_the_language_of_the_interface(sit: Sit, french: Served, english: Served) -> None:
    texts = []
    for studio in (french, english):
        studio.issue("mots", "Rien.")
        seat = sit(studio)
        seat.look_at("mots", "Rien.")
        seat.settled()
        seat.until("document.getElementById('audit-state').textContent.length > 20")
        seat.page.keyboard.press("?")
        seat.until("document.getElementById('keys').open")
        texts.append(set(seat.says(SHOWN)))
    both = sorted(text for text in texts[0] & texts[1] if not ALIKE.search(text))
    assert both == []
    assert len(texts[0]) > 40


def test_a_mail_s_own_links_open_beside_and_never_in_the_frame(sit: Sit, french: Served) -> None:
    french.issue("liens", "[Un lien d’ici](#ici)\n\n[Un lien](https://exemple.invalid/x)")
    seat = sit(french)
    seat.look_at("liens", "Un lien d’ici")
    seat.says("window.open = (url) => { window.opened = url; }")
    seat.page.frame_locator("#frame").get_by_text("Un lien", exact=True).click()
    seat.until("window.opened === 'https://exemple.invalid/x'")
    assert seat.says(f"{FRAME}.URL").endswith("/frame/on")
    assert "Un lien" in seat.says(TEXT)
