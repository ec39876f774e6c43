"""The mail, truly: as each reader, at each width, in both dark modes, without images, to the octet (18, 21 to 26)."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from studio_seat import FRAME, HEAD, LONG, MARKS, PATIENCE, TEXT, Seat, Served, save

from newsletter import open_project

pytestmark = MARKS
Sit = Callable[..., Seat]
#: every text of the mail beside the ground that it stands on, as WCAG's ratio; the worst first
CONTRASTS = """(() => {
  const page = document.getElementById("frame").contentDocument;
  const look = page.defaultView;
  const rgba = (value) => { const n = value.match(/[\\d.]+/g).map(Number); return n.length < 4 ? [...n, 1] : n; };
  const curve = (v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => [r, g, b].map((v) => curve(v / 255))
    .reduce((sum, v, at) => sum + v * [0.2126, 0.7152, 0.0722][at], 0);
  const dark = document.getElementById("frame").style.colorScheme === "dark";
  const ground = (node) => {
    for (let at = node; at; at = at.parentElement) {
      const found = rgba(look.getComputedStyle(at).backgroundColor);
      if (found[3] > 0.9) return found;
    }
    return dark ? [18, 18, 18, 1] : [255, 255, 255, 1];
  };
  const walker = page.createTreeWalker(page.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    const style = look.getComputedStyle(node.parentElement);
    const box = node.parentElement.getBoundingClientRect();
    if (!node.data.trim() || !box.width || box.height < 4 || style.display === "none") continue;
    const [a, b] = [light(rgba(style.color)), light(ground(node.parentElement))];
    found.push([(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), node.data.trim().slice(0, 40)]);
  }
  return found.sort((a, b) => a[0] - b[0]);
})()"""


def test_18_the_reader_decides_language_name_and_parts(sit: Sit, french: Served) -> None:
    body = (
        'Bonjour {{ subscriber.first_name | default("vous") }}.\n\n::: only lang=fr\n\nPartie française.\n\n:::\n\n'
        "::: only lists=membres\n\nPour les membres.\n\n:::\n\n::: only in=web\n\nSur le Web.\n\n:::\n\nFin."
    )
    french.issue("personnes", body)
    people = (french.folder / "subscribers" / "personas.toml").read_text(encoding="utf-8")
    extra = (
        '\n[[persona]]\nkey = "anonyme"\nlang = "fr-CA"\nlists = ["membres"]\n'
        '\n[[persona]]\nkey = "english"\nname = "Sam Exemple"\nlang = "en-CA"\n'
    )
    save(french.folder / "subscribers" / "personas.toml", people + extra)
    try:
        french.knows("/issues/personnes/fr-CA", 'value="anonyme"', 'value="english"')
        seat = sit(french)
        seat.look_at("personnes", "Fin.", persona="anonyme")
        assert "Bonjour vous." in seat.mail()
        assert "Partie française." in seat.mail()
        assert "Pour les membres." in seat.mail()
        assert "Sur le Web." not in seat.mail()
        seat.page.select_option("#persona", "english")
        seat.until(f"{TEXT}.includes('Bonjour Sam.')")
        assert "Partie française." not in seat.mail()
        assert "Pour les membres." not in seat.mail()
        seat.tab("web")
        web = "(document.getElementById('web-frame').contentDocument?.body?.innerText || '')"
        seat.until(f"{web}.includes('Sur le Web.')")
        assert "Pour les membres." not in seat.says(web)
    finally:
        save(french.folder / "subscribers" / "personas.toml", people)


def test_18_a_reader_of_the_other_language_gets_that_edition(sit: Sit, french: Served) -> None:
    french.issue("double.fr", "Bonjour en français.")
    french.issue("double.en", "Hello in English.", HEAD.replace("subject: Essai", "subject: Trial\nlang: en-CA"))
    configuration = french.folder / "newsletter.toml"
    text = configuration.read_text(encoding="utf-8")
    people = french.folder / "subscribers" / "personas.toml"
    before = people.read_text(encoding="utf-8")
    try:
        lines = [line for line in text.splitlines() if not line.startswith("languages")]
        lines.insert(lines.index("[site]") + 1, 'languages = ["fr-CA", "en-CA"]')
        save(configuration, "\n".join(lines) + "\n")
        save(people, before + '\n[[persona]]\nkey = "anglais"\nname = "Sam"\nlang = "en-CA"\n')
        french.knows("/issues/double/fr-CA", 'value="anglais"', 'data-entry="double/en-CA"')
        seat = sit(french)
        seat.look_at("double", "Bonjour en français.")
        assert seat.says(f"{FRAME}.documentElement.lang") == "fr-CA"
        seat.page.select_option("#persona", "anglais")
        seat.until(f"{TEXT}.includes('Hello in English.')")
        assert seat.says(f"{FRAME}.documentElement.lang") == "en-CA"
        assert "/issues/double/en-CA" in seat.page.url
    finally:
        save(configuration, text)
        save(people, before)
        for language in ("fr", "en"):
            (french.folder / "issues" / f"double.{language}.md").unlink()


def test_21_the_page_says_the_language_of_the_issue(sit: Sit, french: Served) -> None:
    french.issue("langue", "Some words.", HEAD.replace("subject: Essai", "subject: Trial\nlang: en-CA"))
    seat = sit(french)
    seat.look_at("langue", "Some words.", lang="en-CA")
    assert seat.says(f"{FRAME}.documentElement.lang") == "en-CA"


@pytest.mark.parametrize(("kilobytes", "level"), [(10, "fine"), (77, "near"), (100, "cut")])
def test_22_the_size_is_that_of_the_part_that_is_sent(sit: Sit, french: Served, kilobytes: int, level: str) -> None:
    french.issue("taille", "Été. " + "Des mots accentués é.\n" * (kilobytes * 1024 // 24) + f"\n\nFin {kilobytes}.")
    seat = sit(french)
    seat.look_at("taille", f"Fin {kilobytes}.")
    seat.settled()
    shown = int(seat.page.get_attribute("#size", "data-octets") or 0)
    persona = seat.page.input_value("#persona")
    [part] = open_project(french.folder).rendered("taille", "eml", readers=(persona,))
    html = next(each for each in message_from_bytes(part.content).walk() if each.get_content_type() == "text/html")
    payload = html.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert shown == len(payload)
    assert b"/u/" in payload, "links as long as real ones are in it"
    assert seat.page.get_attribute("#size", "data-level") == level
    seat.page.focus("#size")
    assert seat.says("document.activeElement.id") == "size"
    assert "102 ko" in (seat.page.get_attribute("#size", "aria-valuetext") or "")


def test_23_with_images_off_nothing_is_asked_for_and_the_alternative_is_read(sit: Sit, french: Served) -> None:
    picture = next((french.folder / "issues" / "images").glob("*.png")).name
    french.issue("images", f"![Une colline bleue](images/{picture})\n\nFin.")
    seat = sit(french)
    seat.look_at("images", "Fin.")
    seat.until(f"[...{FRAME}.images].length && [...{FRAME}.images].every((each) => each.naturalWidth > 0)")
    shown = seat.says(f"[...new Set([...{FRAME}.images].map((each) => each.src))]")
    assert shown, "a picture is asked for while they are on"
    seat.wait(lambda: set(shown) <= set(seat.asked))
    before = len([url for url in seat.asked if "/pictures/" in url])
    seat.page.click("#images")
    seat.until(f"{FRAME}?.URL.endsWith('/frame/off') && {TEXT}.includes('Fin.')")
    planted = "<img src='/pictures/x' srcset='/pictures/y 2x'><p style='background-image: url(/pictures/z)'>p</p>"
    seat.says(f"(html) => {FRAME}.body.insertAdjacentHTML('beforeend', html)", planted)
    seat.page.wait_for_timeout(400)
    assert len([url for url in seat.asked if "/pictures/" in url]) == before
    assert "Une colline bleue" in seat.says(f"[...{FRAME}.images].map((each) => each.alt).join()")
    assert "Fin." in seat.mail()


@pytest.mark.parametrize("mode", ["authored", "inverted"])
def test_24_both_dark_modes_change_the_colours_and_stay_readable(sit: Sit, french: Served, mode: str) -> None:
    seat = sit(french)
    seat.look_at("bienvenue", "Bonjour")
    ground = f"getComputedStyle({FRAME}.body).backgroundColor"
    ink = f"getComputedStyle({FRAME}.querySelector('h1')).color"
    before = seat.says(f"[{ground}, {ink}]")
    assert seat.says(CONTRASTS)[0][0] >= 4.5
    seat.page.click(f"#{mode}")
    seat.until(f"{ground} !== {before[0]!r}")
    assert seat.says(ink) != before[1]
    worst = seat.says(CONTRASTS)
    assert worst[0][0] >= 4.5, worst[:5]
    seat.says(f"{FRAME}.querySelector('h1').style.setProperty('color', {ground}, 'important')")
    assert seat.says(CONTRASTS)[0][0] < 2, "a text of its ground's colour is seen"
    seat.page.click(f"#{mode}")
    seat.until(f"{ground} === {before[0]!r}")


def test_25_no_width_scrolls_sideways(sit: Sit, french: Served) -> None:
    french.issue(
        "colonnes",
        ":::: columns\n\n::: column\n\nUne.\n\n:::\n\n::: column\n\nDeux.\n\n:::\n\n::::\n\n**[S’inscrire](https://example.org/)**",
    )
    seat = sit(french, viewport={"width": 2400, "height": 900})
    seat.look_at("colonnes", "Deux.")
    find = (
        f"(text) => [...{FRAME}.querySelectorAll('p, a')].find((each) => each.innerText.trim() === text)"
        ".getBoundingClientRect().toJSON()"
    )
    for width in (1280, 320, 390, 768):
        _widened(seat, width)
        assert seat.says(f"{FRAME}.documentElement.scrollWidth <= {FRAME}.documentElement.clientWidth"), width
        one, two = seat.says(find, "Une."), seat.says(find, "Deux.")
        assert (two["y"] > one["y"]) == (width < 480), "columns stack on a phone, and there only"
        assert seat.says(find, "S’inscrire")["height"] >= 24, width


def _widened(seat: Seat, width: int) -> None:
    """Choose a width by its button, or with the keys of the handle where it has none."""
    if width != 1280:
        seat.page.click(f"[data-width='{width}']")
        seat.until(f"document.getElementById('sheet').offsetWidth === {width}")
        return
    seat.page.focus("#grip")
    for _ in range(60):
        seat.page.keyboard.press("PageDown")
        if seat.says("document.getElementById('sheet').offsetWidth") <= width:
            break
    while seat.says("document.getElementById('sheet').offsetWidth") < width:
        seat.page.keyboard.press("ArrowRight")


def test_26_the_inbox_row_is_cut_as_phones_and_desktops_cut_it(sit: Sit, french: Served) -> None:
    subject = "Un objet qui est bien trop long pour un téléphone et qui l’est aussi pour un ordinateur de bureau"
    path = french.issue("boite", "# Premiers mots du texte\n\nSuite.", HEAD.replace("Essai", subject))
    seat = sit(french)
    seat.look_at("boite", "Suite.")
    phone, desktop = (seat.page.inner_text(f"[data-inbox='{kind}'] .subject") for kind in ("phone", "desktop"))
    assert len(phone) <= 35
    assert phone.endswith("…")
    assert 35 < len(desktop) <= 65
    assert desktop.endswith("…")
    assert "Un aperçu assez long" in seat.page.inner_text("[data-inbox='desktop'] .preheader")
    assert seat.page.is_hidden("#taken")
    save(path, path.read_text(encoding="utf-8").replace("preheader:", "#"))
    seat.until("!document.getElementById('taken').hidden")
    taken = seat.page.inner_text("[data-inbox='desktop'] .preheader").removeprefix("– ").removesuffix("…")
    first = " ".join(seat.mail().split())
    assert taken
    assert first.lower().startswith(taken.lower()[:20])


def test_outlook_loses_what_it_loses(sit: Sit, french: Served) -> None:
    seat = sit(french)
    seat.look_at("bienvenue", "Bonjour")
    rounded = f"[...{FRAME}.querySelectorAll('[style]')].filter((each) => each.style.borderRadius).length"
    sheets = f"{FRAME}.styleSheets.length"
    assert seat.says(rounded) > 0
    assert seat.says(sheets) > 0
    seat.page.click("#outlook")
    seat.until(f"{sheets} === 0 && {rounded} === 0")
    assert "Bonjour" in seat.mail()


def test_each_line_of_the_source_knows_its_line_of_markdown(sit: Sit, french: Served) -> None:
    path = french.issue(
        "lignes", "# Titre\n\nPremier paragraphe.\n\n- un point\n- un autre\n\n**[Bouton](https://example.org/)**"
    )
    seat = sit(french)
    seat.look_at("lignes", "Premier paragraphe.")
    seat.settled()
    lines = path.read_text(encoding="utf-8").splitlines()
    for text in ("Titre", "Premier paragraphe.", "un autre", "Bouton"):
        line = 1 + next(at for at, content in enumerate(lines) if text in content)
        found = seat.says(
            f"(text) => [...{FRAME}.querySelectorAll('[data-line]')]"
            ".filter((each) => each.innerText.trim() === text).map((each) => each.dataset.line)",
            text,
        )
        assert str(line) in found, (text, line, found)
    seat.tab("source")
    seat.until("document.querySelectorAll('#source button').length >= 4")
    shown = seat.says(
        "[...document.querySelectorAll('#source button')]"
        ".filter((each) => each.parentElement.nextSibling.textContent.includes('Premier paragraphe.'))"
        ".map((each) => each.textContent)"
    )
    assert shown == [str(1 + lines.index("Premier paragraphe."))]


@pytest.fixture
def elsewhere() -> Iterator[tuple[str, list[str]]]:
    """A server that is not the studio, and what it was asked for."""
    asked: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(404)
            self.end_headers()

        def log_message(self, *arguments: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()
    thread.join(PATIENCE)


def test_16_a_picture_from_elsewhere_is_fetched_only_when_asked(
    sit: Sit, french: Served, elsewhere: tuple[str, list[str]]
) -> None:
    address, asked = elsewhere
    french.issue("distante", f"![Une image d’ailleurs]({address}/pixel.png)\n\nFin.")
    seat = sit(french)
    seat.look_at("distante", "Fin.")
    seat.settled()
    seat.until(
        "/vérifications réussies/.test(document.getElementById('audit-state').textContent)"
    )  # axe too has looked
    assert asked == []
    seat.page.click("#remote")
    seat.until(f"{FRAME}.URL.endsWith('/frame/remote')")
    seat.wait(lambda: f"{address}/pixel.png" in seat.asked)
    assert asked == ["/pixel.png"]
    seat.asked = [url for url in seat.asked if not url.startswith(address)]


def test_print_prints_the_mail_alone(sit: Sit, french: Served) -> None:
    french.issue("papier", LONG)
    seat = sit(french, viewport={"width": 1700, "height": 900})
    seat.look_at("papier", "Paragraphe 59")
    seat.says("document.getElementById('frame').contentWindow.print = () => { window.printed = 'mail'; }")
    seat.page.click("#print")
    assert seat.says("window.printed") == "mail"


def test_every_part_of_the_mail_can_be_looked_at(sit: Sit, french: Served) -> None:
    french.issue("parties", "Bonjour à toutes.")
    seat = sit(french)
    seat.look_at("parties", "Bonjour à toutes.")
    seat.settled()
    seat.page.get_by_role("tab", name="Texte brut").click()
    assert "Bonjour à toutes." in seat.page.inner_text("#text")
    seat.page.keyboard.press("ArrowRight")
    assert "<html" in seat.page.inner_text("#source").lower()
    seat.page.keyboard.press("ArrowRight")
    assert "List-Unsubscribe" in seat.page.inner_text("#headers")
    assert "multipart/" in seat.page.inner_text("#parts")
    seat.page.keyboard.press("ArrowRight")
    seat.until("document.getElementById('web-frame').contentDocument?.body?.innerText?.includes('Bonjour à toutes.')")
