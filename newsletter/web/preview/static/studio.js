// The author's page: fetches the mail, shows it in a frame that runs no script, and follows every save.
import { onKey } from "./base.js";
import { startAudit } from "./audit.js";
import { listFindings, tellFault } from "./findings.js";
import { MailFrame } from "./frame.js";
import { $, command, element, get, on, post, press, remember, remembered, say, sayError, tell, word } from "./kit.js";
import { follow } from "./live.js";
import { drawHeaders, drawSource } from "./source.js";
import { nameWidth, setWidth, startWidths } from "./widths.js";

const body = document.body;
const choice = remembered("studio", { tab: "mail", width: "", authored: false, inverted: false, pictures: "on", outlook: false });
const mail = new MailFrame($("frame"), onKey);
const web = new MailFrame($("web-frame"), onKey);
let [view, details, generation] = [null, null, -1];
let fetching = null;

export const here = (part = "") => `/issues/${encodeURIComponent(body.dataset.slug)}/${encodeURIComponent(body.dataset.lang)}/${part}`;
const reader = () => ($("persona").value === "!" ? "" : $("persona").value);
const keep = () => remember("studio", choice);

// ---- what is shown

async function refresh({ changes = false } = {}) {
  fetching?.abort();
  const mine = (fetching = new AbortController());
  const began = performance.now();
  const asked = new URLSearchParams({ persona: reader() });
  if (choice.outlook) asked.set("client", "outlook");
  if (choice.tab === "web") asked.set("web", "");
  try {
    const fresh = await get(`${here("view.json")}?${asked}`, mine.signal);
    [view, generation] = [fresh, fresh.generation];
    looking(true);
    await show({ changes });
    $("state").textContent = word("updated_in", { ms: Math.round(performance.now() - began) });
    asked.delete("client");
    const found = await get(`${here("details.json")}?${asked}`, mine.signal);
    // what is said of another save is not said beside this picture: that save is told, and fetched whole
    if (found.generation === view.generation) {
      details = found;
      showDetails();
    }
    await countOn(mine.signal);
  } catch (error) {
    if (error.name === "AbortError") return;
    $("state").textContent = error.message;
    looking(false);
  }
}

/** Whether what is said beside the picture is still that of the one before. */
const looking = (busy) => $("pane-findings").setAttribute("aria-busy", String(busy));

async function show({ changes = false } = {}) {
  tellFault(view.fault);
  drawInbox(view.inbox);
  const top = $("panel-text").scrollTop;
  $("text").textContent = view.text;
  $("panel-text").scrollTop = top;
  if (view.fault && !view.html) return;
  // the switch is there for mails that have something to fetch
  $("remote").hidden = !/<img[^>]+src="https?:|url\(['"]?https?:/i.test(view.html) && choice.pictures !== "remote";
  const how = { pictures: choice.pictures, authored: choice.authored, inverted: choice.inverted, changes };
  if (choice.tab === "web" && view.web) await web.show(view.web, how);
  await mail.show(view.html, how);
  if (details?.generation === view.generation && !choice.outlook) mail.map(details.marked);
  tell("view", view);
}

function showDetails() {
  listFindings(details.findings);
  drawSize(details.size, details.size_text);
  if (!choice.outlook && !view.fault) mail.map(details.marked);
  if (choice.tab === "headers" || choice.tab === "source") drawCode();
  looking(false);
  tell("details", details);
}

function drawCode() {
  if (!details) return;
  const panel = $(`panel-${choice.tab}`);
  const top = panel.scrollTop;
  (choice.tab === "source" ? drawSource : drawHeaders)(details);
  panel.scrollTop = top;
}

function drawInbox(inbox) {
  document.querySelectorAll("[data-inbox]").forEach((row) => {
    const cut = inbox[row.dataset.inbox];
    row.querySelector(".from").textContent = cut.sender;
    row.querySelector(".subject").textContent = cut.subject;
    row.querySelector(".preheader").textContent = cut.preheader && `– ${cut.preheader}`;
  });
  $("taken").hidden = !inbox.taken;
  $("taken").textContent = word("taken");
}

function drawSize(octets, text) {
  const share = octets / 1024 / 102;
  const level = octets >= 102 * 1024 ? "cut" : octets >= 90 * 1024 ? "near" : "fine";
  const meter = $("size");
  meter.dataset.level = level;
  meter.dataset.octets = octets;
  meter.title = word(`size_${level}`);
  meter.setAttribute("aria-valuenow", String(Math.min(102, Math.round(octets / 1024))));
  meter.setAttribute("aria-valuetext", `${word("size_of", { size: text })}. ${word(`size_${level}`)}`);
  $("size-text").textContent = word("size_of", { size: text });
  $("size-fill").style.width = `${Math.min(100, share * 100)}%`;
}

// ---- the list of issues: what is known at once, the rest as it is counted

async function countOn(signal) {
  const shelf = await get("/shelf.json", signal);
  for (const entry of shelf.entries) {
    const link = document.querySelector(`[data-entry="${CSS.escape(entry.slug)}/${CSS.escape(entry.lang)}"]`);
    if (link) drawEntry(link, entry);
  }
  if (shelf.pending && !signal.aborted) await countOn(signal);
}

function drawEntry(link, entry) {
  link.querySelector(".name").textContent = entry.title;
  link.querySelector(".state").textContent = entry.word;
  link.querySelector(".sent").textContent = entry.sent;
  const [kind, count] = entry.errors ? ["error", entry.errors] : ["warning", entry.warnings];
  const chip = link.querySelector(".count");
  chip.className = `count chip ${kind}`;
  chip.textContent = count ? `${count} ${word(count === 1 ? kind : `${kind}s`)}` : "";
}

// ---- tabs

const tabs = [...document.querySelectorAll('[role="tab"]')];
const keyOf = (tab) => tab.id.slice(4);

function openTab(key, { focus = false } = {}) {
  choice.tab = key;
  keep();
  for (const tab of tabs) {
    const open = keyOf(tab) === key;
    tab.setAttribute("aria-selected", String(open));
    tab.tabIndex = open ? 0 : -1;
    $(tab.getAttribute("aria-controls")).hidden = !open;
    if (open && focus) tab.focus();
  }
  body.dataset.tab = key;
  $("tools").hidden = $("width-name").hidden = !["mail", "web"].includes(key);
  nameWidth();
  if (key === "web" && view && !view.web) refresh();
  else if (key === "mail" && view) show();
  else drawCode();
}

tabs.forEach((tab, place) => {
  const key = keyOf(tab);
  tab.addEventListener("click", () => openTab(key, { focus: true }));
  tab.addEventListener("keydown", (event) => {
    const to = { ArrowRight: place + 1, ArrowLeft: place - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to !== undefined) openTab(keyOf(tabs[(to + tabs.length) % tabs.length]), { focus: true });
  });
  command({ id: `tab-${key}`, label: tab.textContent, group: "group_tabs", key: String(place + 1), run: () => openTab(key) });
});

// ---- how the mail looks

const modes = {
  authored: { key: "D", set: (pressed) => Object.assign(choice, { authored: pressed, inverted: false }), is: () => choice.authored },
  inverted: { key: "d", set: (pressed) => Object.assign(choice, { inverted: pressed, authored: false }), is: () => choice.inverted },
  images: { key: "i", set: (pressed) => (choice.pictures = pressed ? "off" : "on"), is: () => choice.pictures === "off" },
  remote: { set: (pressed) => (choice.pictures = pressed ? "remote" : "on"), is: () => choice.pictures === "remote" },
  outlook: { key: "o", set: (pressed) => (choice.outlook = pressed), is: () => choice.outlook, fetch: true },
};

function toggle(name) {
  const mode = modes[name];
  mode.set(!mode.is());
  keep();
  drawModes();
  if (mode.fetch) refresh();
  else if (view) show();
}

const drawModes = () => Object.entries(modes).forEach(([name, mode]) => press($(name), mode.is()));

for (const [name, mode] of Object.entries(modes)) {
  const button = $(name);
  button.addEventListener("click", () => toggle(name));
  command({ id: name, label: word(`mode_${name}`), group: "group_modes", key: mode.key, when: () => !button.hidden, run: () => toggle(name) });
}

function print() {
  const shown = choice.tab === "web" ? web : mail;
  shown.window.focus();
  shown.window.print();
}
$("print").addEventListener("click", print);
command({ id: "print", label: word("print"), group: "group_actions", run: print });

// ---- who reads

const persona = $("persona");
let before = persona.value;

function readAs(key) {
  persona.value = key;
  before = key;
  const lang = persona.selectedOptions[0]?.dataset.lang;
  const other = lang && lang !== body.dataset.lang && document.querySelector(`[data-entry="${CSS.escape(body.dataset.slug)}/${CSS.escape(lang)}"]`);
  if (other) return location.assign(`${other.getAttribute("href")}?persona=${encodeURIComponent(key)}`);
  return refresh();
}

persona.addEventListener("change", () => {
  if (persona.value !== "!") return readAs(persona.value);
  persona.value = before;
  $("real-wrong").hidden = true;
  $("real-person").showModal();
});
$("real-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const found = await post("/reader", { address: $("real-address").value });
    const option = element("option", { value: found.key, "data-lang": found.lang }, found.label);
    persona.insertBefore(option, persona.lastElementChild);
    $("real-person").close();
    readAs(found.key);
  } catch (error) {
    $("real-wrong").hidden = false;
    $("real-wrong").textContent = [error.message, error.hint].filter(Boolean).join(" ");
  }
});
$("real-person").addEventListener("close", () => ($("real-address").value = ""));

[...persona.options].forEach((option) => {
  if (option.value !== "!") command({ id: `persona-${option.value}`, label: option.textContent.trim(), group: "group_people", run: () => readAs(option.value) });
});
command({ id: "next-persona", label: word("next_persona"), group: "group_people", key: "p", run: () => {
  const keys = [...persona.options].map((option) => option.value).filter((key) => key !== "!");
  readAs(keys[(keys.indexOf(persona.value) + 1) % keys.length]);
} });
document.querySelectorAll("[data-entry]").forEach((link) =>
  command({ id: `issue-${link.dataset.entry}`, label: `${link.querySelector(".name").textContent} (${link.dataset.entry})`, group: "group_issues", run: () => link.click() }),
);

// ---- a line of the file: shown in the mail, opened in the editor

on("finding", (finding) => {
  const path = finding.path === view?.path ? "" : finding.path;
  const found = mail.find(finding.line, path);
  if (choice.tab === "mail" && found) mail.outline([found], { reveal: true });
  edit(finding);
});
on("edit", (place) => edit(place));

async function edit({ line = 1, column = 1, path = "" }) {
  const place = { path: path || view.path, line, column };
  try {
    const { opened } = await post("/edit", place);
    if (!opened && !tell("write", place).length) say(word("no_editor"), word("no_editor_hint"));
  } catch (error) {
    sayError(error);
  }
}

/** The line at the top of what is seen of the mail. */
function lineInView() {
  const marked = [...(mail.page?.querySelectorAll("[data-line]") || [])].filter((each) => !each.dataset.path);
  return Number(marked.find((each) => each.getBoundingClientRect().bottom > 0)?.dataset.line || 1);
}
command({ id: "edit", label: word("edit_here"), group: "group_actions", key: "e", run: () => edit({ line: lineInView() }) });

/** Show or hide the writing pane. */
export function writing(shown) {
  $("pane-editor").hidden = !shown;
  body.toggleAttribute("data-editing", shown);
  $("view-editor").hidden = !shown;
  if (matchMedia("(max-width: 1023px)").matches) look(shown ? "editor" : "mail");
}

// ---- on a phone the panes are views

function look(name) {
  body.dataset.view = name;
  document.querySelectorAll(".views button").forEach((button) => press(button, button.dataset.view === name));
}
document.querySelectorAll(".views button").forEach((button) => button.addEventListener("click", () => look(button.dataset.view)));

startWidths((width) => {
  choice.width = width;
  keep();
});
setWidth(choice.width);
drawModes();
openTab(choice.tab);
startAudit();
refresh().then(() => follow((now) => now !== generation && refresh({ changes: true })));
