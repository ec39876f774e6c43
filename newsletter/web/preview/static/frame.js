// A mail in a frame that runs nothing: filled by replacing its nodes, so that the scroll stays to the pixel.
import { calm } from "./kit.js";
import { invert } from "./inversion.js";

const DROPPED = "script, base, link, meta[http-equiv]:not([http-equiv='Content-Type' i]), iframe, object, embed";

export class MailFrame {
  /** `onKey` gets the keys pressed inside; `loaded` is called when there is a new document. */
  constructor(frame, onKey) {
    this.frame = frame;
    this.onKey = onKey;
    this.pictures = ""; // of the document that is there and listened to
    this.way = null; // to the one that is still to come
    this.turn = 0;
    this.pristine = null;
    this.inverted = false;
  }

  get page() {
    return this.frame.contentDocument;
  }

  get window() {
    return this.frame.contentWindow;
  }

  /** Show a mail; `changes`: outline what differs from what was shown. Tells whether it was not overtaken. */
  async show(html, { pictures = "on", authored = false, inverted = false, changes = false } = {}) {
    const turn = ++this.turn;
    const top = [this.window?.scrollX ?? 0, this.window?.scrollY ?? 0];
    this.frame.style.colorScheme = authored ? "dark" : "light";
    if (this.pictures !== pictures) {
      await this.open(pictures);
      if (turn !== this.turn) return false;
    }
    const fresh = new this.window.DOMParser().parseFromString(html, "text/html");
    fresh.querySelectorAll(DROPPED).forEach((each) => each.remove());
    const changed = [];
    if (this.pristine && !inverted && !this.inverted && sameHead(this.pristine, fresh)) patch(this.page.body, this.pristine.body, fresh.body, changed);
    else this.fill(fresh);
    [this.pristine, this.inverted] = [fresh, inverted];
    if (inverted) invert(this.page);
    this.window.scrollTo(...top);
    if (changes && changed.length <= 12) this.outline(changed);
    return true;
  }

  open(pictures) {
    const address = `/frame/${pictures}`;
    if (this.way?.address === address) return this.way.done;
    const way = { address, pictures, focused: this.way?.focused || document.activeElement === this.frame };
    this.way = way;
    way.done = this.load(way);
    return way.done;
  }

  /** Have a document in the frame; one that is on its way when another is wanted is never taken for it. */
  async load(way) {
    const there = () => this.page?.readyState === "complete" && this.page.URL.endsWith(way.address);
    this.pictures = "";
    this.pristine = null;
    if (way.focused) this.frame.blur(); // no key is lost while there is no document
    if (!this.frame.src.endsWith(way.address) || !there()) {
      if (!this.frame.src.endsWith(way.address)) this.frame.src = way.address;
      do await new Promise((done) => this.frame.addEventListener("load", done, { once: true }));
      while (this.way === way && !there());
    }
    if (this.way !== way) return;
    if (way.focused && document.activeElement === document.body) this.window.focus();
    this.page.addEventListener("keydown", this.onKey);
    this.page.addEventListener("click", follow);
    [this.way, this.pictures] = [null, way.pictures];
  }

  fill(fresh) {
    const [old, root] = [this.page, this.page.documentElement];
    for (const { name } of [...root.attributes]) root.removeAttribute(name);
    for (const { name, value } of fresh.documentElement.attributes) root.setAttribute(name, value);
    old.head.replaceChildren(...[...fresh.head.childNodes].map((each) => old.importNode(each, true)));
    old.body.replaceWith(old.importNode(fresh.body, true));
  }

  /** Put the Markdown's lines on the elements: `marked` is the same page with data-line. */
  map(marked) {
    if (!this.page?.body) return;
    const other = new this.window.DOMParser().parseFromString(marked, "text/html");
    other.querySelectorAll(DROPPED).forEach((each) => each.remove());
    const [mine, theirs] = [this.page.body.getElementsByTagName("*"), other.body.getElementsByTagName("*")];
    if (mine.length !== theirs.length) return;
    for (let at = 0; at < mine.length; at += 1) {
      for (const name of ["line", "path"]) {
        const said = theirs[at].dataset[name];
        if (said) mine[at].dataset[name] = said;
        else if (mine[at].dataset[name]) delete mine[at].dataset[name];
      }
    }
  }

  /** The element that comes from a line of a file, or from the nearest line before it. */
  find(line, path = "") {
    const marked = [...(this.page?.querySelectorAll("[data-line]") || [])].filter((each) => (each.dataset.path || "") === path);
    return marked.filter((each) => Number(each.dataset.line) <= line).pop();
  }

  /** The line that an element comes from: its own, or that of the nearest mark before it. */
  lineOf(element) {
    const own = element?.closest?.("[data-line]") || element?.querySelector?.("[data-line]");
    return own ? { line: Number(own.dataset.line), path: own.dataset.path || "" } : null;
  }

  outline(elements, { reveal = false } = {}) {
    for (const each of elements.map(block)) {
      if (!each) continue;
      if (reveal) each.scrollIntoView({ block: "center", behavior: calm() ? "auto" : "smooth" });
      if (calm() && !reveal) continue;
      each.dataset.changed = "";
      const [from, to] = [{ outline: "2px solid #4A86BD", outlineOffset: "3px" }, { outline: "2px solid transparent", outlineOffset: "3px" }];
      const fade = each.animate(calm() ? [from, from] : [from, from, to], { duration: reveal ? 2400 : 1200, easing: "ease-out" });
      fade.onfinish = () => delete each.dataset.changed;
    }
  }
}

function follow(event) {
  const link = event.target.closest?.("a[href]");
  if (!link || link.getAttribute("href").startsWith("#")) return;
  event.preventDefault();
  if (/^https?:$/.test(link.protocol)) window.open(link.href, "_blank", "noopener,noreferrer");
}

const INLINE = new Set("A B BR CODE DEL EM I IMG INS MARK S SMALL SPAN STRONG SUB SUP U".split(" "));
const block = (element) => (element && INLINE.has(element.tagName) && element.parentElement ? block(element.parentElement) : element);

const inline = (element) => INLINE.has(element.tagName);
const attributes = (node) => [...node.attributes].map((each) => `${each.name}=${each.value}`).join("\u0000");

/** What stands between an element's children; between blocks, space alone is nothing. */
function ownText(node) {
  const loose = ![...node.children].some(inline);
  const texts = [...node.childNodes].filter((each) => each.nodeType !== 1).map((each) => each.nodeValue);
  return texts.filter((each) => !loose || each.trim()).join("\u0000");
}

const sameHead = (before, after) => before.head.isEqualNode(after.head) && attributes(before.documentElement) === attributes(after.documentElement);

/** Make `live`, a copy of `before`, a copy of `after` by replacing the smallest elements that differ; they go to `changed`. */
function patch(live, before, after, changed) {
  if (before.isEqualNode(after)) return;
  const [old, now] = [[...before.children], [...after.children]];
  if (!old.length || !now.length || ownText(before) !== ownText(after) || attributes(before) !== attributes(after)) {
    const made = live.ownerDocument.importNode(after, true);
    live.replaceWith(made);
    changed.push(made);
    return;
  }
  let [start, end] = [0, 0];
  while (start < Math.min(old.length, now.length) && old[start].isEqualNode(now[start])) start += 1;
  while (end < Math.min(old.length, now.length) - start && old[old.length - 1 - end].isEqualNode(now[now.length - 1 - end])) end += 1;
  const [left, right] = [old.slice(start, old.length - end), now.slice(start, now.length - end)];
  const shown = [...live.children].slice(start, old.length - end);
  if (left.length === right.length) return left.forEach((each, at) => patch(shown[at], each, right[at], changed));
  const next = live.children[old.length - end] || null;
  shown.forEach((each) => each.remove());
  const made = right.map((each) => live.insertBefore(live.ownerDocument.importNode(each, true), next));
  changed.push(...(made.length ? made : [live]));
}
