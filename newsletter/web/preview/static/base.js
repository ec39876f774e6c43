// The palette, the keys, dialogs that close: on every page of the studio.
import { $, allCommands, command, element, say, word } from "./kit.js";

const palette = $("palette");
const list = $("palette-list");
const field = $("palette-words");
const GROUPS = ["group_actions", "group_tabs", "group_widths", "group_modes", "group_people", "group_issues"];
let lines = [];
let chosen = 0;

const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

function draw() {
  const asked = plain(field.value).split(/\s+/).filter(Boolean);
  const found = allCommands().filter((each) => each.run !== openPalette && asked.every((part) => plain(`${word(each.group)} ${each.label}`).includes(part)));
  list.replaceChildren();
  lines = [];
  for (const group of GROUPS) {
    const own = found.filter((each) => each.group === group);
    if (!own.length) continue;
    const title = element("span", { id: `title-${group}` }, word(group));
    list.append(element("div", { role: "group", "aria-labelledby": title.id }, title, ...own.map(line)));
  }
  $("palette-none").hidden = lines.length > 0;
  $("palette-none").textContent = word("no_command");
  choose(0);
}

function line(each) {
  const made = element("div", { role: "option", id: `command-${each.id}`, "aria-selected": "false", onclick: () => run(each) }, element("span", {}, each.label));
  if (each.key) made.append(element("kbd", {}, each.key));
  lines.push({ each, made });
  return made;
}

function choose(at) {
  if (!lines.length) return field.removeAttribute("aria-activedescendant");
  lines[chosen]?.made.setAttribute("aria-selected", "false");
  chosen = (at + lines.length) % lines.length;
  const { made } = lines[chosen];
  lines.forEach(({ made: other }) => other.setAttribute("aria-selected", String(other === made)));
  field.setAttribute("aria-activedescendant", made.id);
  made.scrollIntoView({ block: "nearest" });
}

function run(each) {
  palette.close();
  each.run();
}

export function openPalette() {
  if (palette.open) return;
  field.value = "";
  palette.showModal();
  draw();
  field.focus();
}

field.addEventListener("input", draw);
field.addEventListener("keydown", (event) => {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) choose(chosen + step);
  else if (event.key === "Enter" && lines[chosen]) run(lines[chosen].each);
  else return;
  event.preventDefault();
});
$("open-palette").addEventListener("click", openPalette);

function openKeys() {
  const rows = allCommands().filter((each) => each.key);
  $("keys-list").replaceChildren(...rows.flatMap((each) => [element("span", {}, element("kbd", {}, each.key)), element("span", {}, each.label)]));
  $("keys").showModal();
}

// Keys of one letter can be switched off (WCAG 2.1.4); Ctrl-K stays.
const lettersOn = () => localStorage.getItem("letters") !== "off";
$("keys-on").checked = lettersOn();
$("keys-on").addEventListener("change", () => localStorage.setItem("letters", $("keys-on").checked ? "on" : "off"));

// A dialog that was just closed may still hold the focus for a moment: nobody types there any more.
const typing = (target) =>
  target?.closest?.("input, textarea, select, [contenteditable]:not([contenteditable='false'])") && !target.closest("dialog:not([open])");

/** What a key does; frames hand their own keys on to this. */
export function onKey(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    return openPalette();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (!lettersOn() || typing(event.target) || document.querySelector("dialog[open]")) return;
  const found = allCommands().find((each) => each.key === event.key);
  if (!found) return;
  event.preventDefault();
  found.run();
}

document.addEventListener("keydown", onKey);
document.querySelectorAll("dialog").forEach((dialog) => {
  dialog.querySelectorAll("[data-close]").forEach((button) => button.addEventListener("click", () => dialog.close()));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
});

// The interface follows the system; who wants the other one says so.
const root = document.documentElement;
root.dataset.scheme = localStorage.getItem("scheme") || "";
function scheme(wanted) {
  root.dataset.scheme = wanted;
  localStorage.setItem("scheme", wanted);
}
command({ id: "palette", label: word("look_for_command"), group: "group_actions", key: "/", run: openPalette });
command({ id: "keys", label: word("keys"), group: "group_actions", key: "?", run: openKeys });
for (const wanted of ["light", "dark", ""])
  command({ id: `scheme-${wanted || "system"}`, label: word(`scheme_${wanted || "system"}`), group: "group_actions", run: () => (scheme(wanted), say(word(`scheme_${wanted || "system"}`))) });
