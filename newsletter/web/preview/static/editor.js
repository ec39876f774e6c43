// The writing pane: a plain textarea, saved to the file by itself; whoever else changes the file is never written over.
import { earlierForms } from "./earlier.js";
import { headForm } from "./head.js";
import { $, command, element, get, on, post, remember, remembered, say, sayError, word } from "./kit.js";
import { here, writing } from "./studio.js";

const area = $("writing");
const DEBOUNCE = 600;
const RETRY = 3000;
/** What the file holds as far as we know, and which version of it that is. */
let known = { text: null, version: "" };
let [open, saving, timer, theirs] = [false, null, 0, null];

// ---- the text, changed as if it had been typed, so that undo knows it

/** Put a whole text into the pane: only what differs is replaced, and the caret stays in what follows. */
export function replaceText(text) {
  const now = area.value;
  const fromEnd = now.length - area.selectionStart;
  let start = 0;
  while (start < now.length && start < text.length && now[start] === text[start]) start += 1;
  let end = 0;
  while (end < now.length - start && end < text.length - start && now[now.length - 1 - end] === text[text.length - 1 - end]) end += 1;
  if (start === now.length && now.length === text.length) return;
  area.focus({ preventScroll: true });
  area.setSelectionRange(start, now.length - end);
  typed(text.slice(start, text.length - end));
  const place = Math.max(0, area.value.length - fromEnd);
  area.setSelectionRange(place, place);
}

function typed(text) {
  const done = text ? document.execCommand("insertText", false, text) : document.execCommand("delete");
  if (!done) area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
  area.dispatchEvent(new Event("input"));
}

/** Insert a block by itself at the caret: blank lines around it, the caret where its text says. */
function insertBlock(text) {
  if (area.selectionStart < bodyStart()) area.setSelectionRange(area.value.length, area.value.length);
  const [before, after] = [area.value.slice(0, area.selectionStart), area.value.slice(area.selectionEnd)];
  const gap = !before.trim() && !before ? "" : before.endsWith("\n\n") ? "" : before.endsWith("\n") ? "\n" : "\n\n";
  const tail = after.startsWith("\n\n") ? "" : after.startsWith("\n") ? "\n" : "\n\n";
  const at = text.indexOf("|");
  const plain = at < 0 ? text : text.slice(0, at) + text.slice(at + 1);
  const start = area.selectionStart + gap.length + (at < 0 ? plain.length : at);
  area.focus();
  typed(gap + plain + tail);
  area.setSelectionRange(start, start);
  reveal(start);
  tellLine();
}

/** Where the text under the head begins: no block belongs into the head. */
const bodyStart = () => /^---[ \t]*\n[^]*?\n(?:---|\.\.\.)[ \t]*(?:\n|$)/.exec(area.value)?.[0].length ?? 0;

// ---- where the caret is

const lineAt = (position) => area.value.slice(0, position).split("\n").length;
const tellLine = () => ($("writing-line").textContent = word("at_line", { line: lineAt(area.selectionStart) }));

/** Scroll so that a place of the text is seen; a copy of the text before it tells how far down that is. */
function reveal(position) {
  const style = getComputedStyle(area);
  const copy = element("div", { "aria-hidden": "true" }, area.value.slice(0, position) || "x");
  for (const name of ["font", "letterSpacing", "paddingTop", "paddingLeft", "paddingRight", "boxSizing", "tabSize"]) copy.style[name] = style[name];
  Object.assign(copy.style, { position: "absolute", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", width: `${area.clientWidth}px` });
  document.body.append(copy);
  const down = copy.offsetHeight;
  copy.remove();
  if (down < area.scrollTop + 48 || down > area.scrollTop + area.clientHeight - 48) area.scrollTop = Math.max(0, down - area.clientHeight / 3);
}

function goTo(line, column = 1) {
  const lines = area.value.split("\n");
  const number = Math.min(Math.max(1, line), lines.length);
  const start = lines.slice(0, number - 1).reduce((sum, each) => sum + each.length + 1, 0);
  const place = start + Math.min(Math.max(0, column - 1), lines[number - 1].length);
  area.focus({ preventScroll: true });
  area.setSelectionRange(place, column > 1 ? place : start + lines[number - 1].length);
  reveal(place);
  tellLine();
}

// ---- the file

const state = (key, places) => {
  $("writing-state").textContent = word(key, places);
  $("writing-state").dataset.state = key;
};

async function load() {
  const sheet = await get(here("sheet"));
  known = { text: sheet.text, version: sheet.version };
  area.value = sheet.text;
  area.dataset.path = sheet.path;
  area.setSelectionRange(bodyStart(), bodyStart());
  area.scrollTop = 0;
  state("opened");
  tellLine();
}

const dirty = () => known.text !== null && area.value !== known.text;

/** Save what is in the pane, one save at a time; what was typed meanwhile is saved after it. */
export function save() {
  clearTimeout(timer);
  saving ??= saveOn().finally(() => (saving = null));
  return saving;
}

async function saveOn() {
  while (dirty() && !theirs) {
    const text = area.value;
    state("saving");
    try {
      const { version, at } = await post(here("sheet"), { text, version: known.version });
      known = { text, version };
      state("saved_at", { time: at });
    } catch (error) {
      return failed(error);
    }
  }
}

function failed(error) {
  if (error.answer?.theirs) return conflict(error.answer.theirs);
  if (error.answer?.error) return state("refused", { why: [error.message, error.hint].filter(Boolean).join(" ") });
  state("offline");
  timer = setTimeout(save, RETRY);
}

area.addEventListener("input", () => {
  if (theirs) return;
  if (dirty()) state("not_saved");
  clearTimeout(timer);
  timer = setTimeout(save, DEBOUNCE);
});
area.addEventListener("blur", save);
addEventListener("beforeunload", (event) => dirty() && event.preventDefault());
document.addEventListener("visibilitychange", () => document.hidden && save());
document.addEventListener("selectionchange", () => document.activeElement === area && tellLine());

// ---- the file changed elsewhere: shown anew when nothing was typed, else both are shown

on("view", async () => {
  if (!open || known.text === null || saving || theirs) return;
  const before = known.version;
  try {
    const sheet = await get(here("sheet"));
    // what was saved from here since is newer than this answer, and another view follows it
    if (sheet.version === known.version || before !== known.version || saving || theirs) return;
    if (dirty()) return conflict(sheet);
    const [place, top] = [area.selectionStart, area.scrollTop];
    known = { text: sheet.text, version: sheet.version };
    area.value = sheet.text;
    area.setSelectionRange(place, place);
    area.scrollTop = top;
    state("theirs_taken");
  } catch (error) {
    if (error.answer?.error) sayError(error);
  }
});

function conflict(found) {
  clearTimeout(timer);
  if (found.text === area.value) return settle(found);
  theirs = found;
  state("conflict");
  $("conflict").hidden = false;
}

function settle(found) {
  known = { text: found.text, version: found.version };
  theirs = null;
  $("conflict").hidden = true;
  $("both").close();
  return save();
}

function marked(text, other) {
  const others = new Set(other.split("\n"));
  return text.split("\n").flatMap((line) => [line.trim() && !others.has(line) ? element("mark", {}, line) : line, "\n"]);
}

$("see-both").addEventListener("click", () => {
  $("mine").replaceChildren(...marked(area.value, theirs.text));
  $("theirs").replaceChildren(...marked(theirs.text, area.value));
  $("both").showModal();
});
$("keep-mine").addEventListener("click", () => settle(theirs));
$("take-theirs").addEventListener("click", () => {
  const found = theirs;
  known = { text: found.text, version: found.version };
  $("both").close();
  replaceText(found.text);
  settle(found);
  state("opened");
});

// ---- blocks and pictures

async function fillPalette() {
  const { pieces } = await get("/palette.json");
  const list = $("blocks");
  for (const piece of pieces) {
    list.append(element("option", { value: piece.name, "data-own": piece.own }, piece.label));
    command({ id: `insert-${piece.name}`, label: word("insert", { name: piece.label }), group: "group_actions", when: () => open, run: () => insertBlock(piece.text) });
  }
  list.addEventListener("change", () => {
    const piece = pieces.find((each) => each.name === list.value);
    list.value = "";
    if (piece) insertBlock(piece.text);
  });
}

async function placePictures(files) {
  for (const file of files) {
    if (!file.type.startsWith("image/")) {
      say(word("pictures_only"));
      continue;
    }
    try {
      const { path } = await sendPicture(file);
      insertBlock(`![|](${path})`);
      say(word("picture_placed"));
    } catch (error) {
      sayError(error);
    }
  }
}

async function sendPicture(file) {
  const token = document.querySelector('meta[name="newsletter-token"]').content;
  const headers = { "content-type": file.type, "x-name": encodeURIComponent(file.name), "x-newsletter-token": token };
  const answer = await fetch("/pictures", { method: "POST", headers, body: file });
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw Object.assign(new Error(body.error?.message || word("not_done")), { hint: body.error?.hint || "" });
}

$("picture").addEventListener("change", () => {
  placePictures([...$("picture").files]);
  $("picture").value = "";
});
area.addEventListener("dragover", (event) => {
  if (![...event.dataTransfer.types].includes("Files")) return;
  event.preventDefault();
  area.classList.add("over");
});
area.addEventListener("dragleave", () => area.classList.remove("over"));
area.addEventListener("drop", (event) => {
  area.classList.remove("over");
  if (!event.dataTransfer.files.length) return;
  event.preventDefault();
  placePictures([...event.dataTransfer.files]);
});
area.addEventListener("paste", (event) => {
  const pictures = [...event.clipboardData.files].filter((file) => file.type.startsWith("image/"));
  if (!pictures.length) return;
  event.preventDefault();
  placePictures(pictures);
});

// ---- the pane

export async function show(shown) {
  open = shown;
  writing(shown);
  $("view-editor").hidden = false;
  $("write").setAttribute("aria-pressed", String(shown));
  if (!shown) return save();
  if (known.text === null) await load();
}

const fail = (error) => sayError(error);
const start = (place) =>
  show(true)
    .then(() => (place ? goTo(place.line, place.column) : area.focus()))
    .catch(fail);
const away = () => show(false).then(() => $("write").focus());

on("write", (place) => {
  if (!area.dataset.path || !place.path || place.path === area.dataset.path) start(place);
  else say(word("line_of", { path: place.path, line: place.line }));
  return true;
});
$("write").addEventListener("click", () => (open ? away() : start()));
$("view-editor").hidden = false;
$("view-editor").addEventListener("click", () => open || start());
$("close-editor").addEventListener("click", away);
command({ id: "write", label: word("write"), group: "group_actions", key: "r", run: () => (open ? away() : start()) });

const go = (path) => save().then(() => location.assign(path));
const slug = encodeURIComponent(document.body.dataset.slug);
$("to-send").addEventListener("click", (event) => {
  event.preventDefault();
  go(`/plan/${slug}`);
});
command({ id: "test", label: word("test_issue"), group: "group_actions", key: "t", run: () => go(`/test/${slug}`) });
command({ id: "plan", label: word("plan_issue"), group: "group_actions", run: () => go(`/plan/${slug}`) });
command({ id: "sends", label: word("all_sends"), group: "group_actions", run: () => go("/sends") });

const choice = remembered("writing", { fixed: false });
const face = () => area.classList.toggle("fixed", choice.fixed);
$("face").checked = choice.fixed;
$("face").addEventListener("change", () => {
  choice.fixed = $("face").checked;
  remember("writing", choice);
  face();
});
face();

fillPalette().catch(fail);
headForm(area, replaceText, save);
earlierForms(replaceText, save);

// ?write or ?line=12: from a new issue, and from a finding on another page
const asked = new URLSearchParams(location.search);
const line = Number(asked.get("line"));
if (asked.has("write") || line) {
  history.replaceState(null, "", location.pathname);
  start(line ? { line, column: 1 } : { line: Infinity });
}
