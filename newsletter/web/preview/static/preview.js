// The author's page: fetches the mail, swaps it into a frame that runs no script, keeps the scroll, and
// listens for saves. One connection a visible tab; a hidden tab holds none.
const body = document.body;
const $ = (id) => document.getElementById(id);
const frame = $("frame");
const choice = { width: "", dark: false, images: true, tab: "mail", generation: -1 };
let source = null;
let shown = null;

const address = (part) =>
  `/issues/${encodeURIComponent(body.dataset.slug)}/${encodeURIComponent(body.dataset.lang)}/${part}?persona=${encodeURIComponent($("persona").value)}`;

async function refresh() {
  const wanted = new URLSearchParams(location.search).get("persona");
  if (wanted && !choice.asked) $("persona").value = wanted;
  choice.asked = true;
  const answer = await fetch(address("view.json"), { headers: { accept: "application/json" } });
  const view = await answer.json();
  choice.generation = view.generation;
  show(view);
}

function show(view) {
  shown = view;
  $("from").textContent = view.sender;
  $("subject").textContent = view.subject;
  $("preheader").textContent = view.preheader;
  $("size").textContent = view.size_text;
  $("text").textContent = view.text;
  $("headers").textContent = view.headers;
  $("source").textContent = view.html;
  listFindings(view.findings);
  tellFault(view.fault);
  if (!view.fault) swap(view.html);
}

// Replacing the children keeps the scroll; assigning srcdoc again would lose it.
function swap(html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  fresh.querySelectorAll("script").forEach((element) => element.remove());
  if (!choice.images) forbidImages(fresh);
  const old = frame.contentDocument;
  if (!old || !old.body || frame.dataset.images !== String(choice.images)) return write(fresh);
  const { scrollX, scrollY } = frame.contentWindow;
  old.documentElement.lang = fresh.documentElement.lang;
  old.head.replaceChildren(...fresh.head.childNodes);
  old.body.replaceWith(old.adoptNode(fresh.body));
  frame.contentWindow.scrollTo(scrollX, scrollY);
}

function write(fresh) {
  const top = frame.contentWindow ? frame.contentWindow.scrollY : 0;
  frame.dataset.images = String(choice.images);
  frame.onload = () => frame.contentWindow.scrollTo(0, top);
  frame.srcdoc = "<!doctype html>" + fresh.documentElement.outerHTML;
}

function forbidImages(page) {
  const rule = page.createElement("meta");
  rule.httpEquiv = "Content-Security-Policy";
  rule.content = "img-src 'none'";
  page.head.prepend(rule);
}

function tellFault(fault) {
  const box = $("fault");
  box.hidden = !fault;
  $("sheet").classList.toggle("stale", Boolean(fault));
  if (!fault) return;
  const title = document.createElement("h3");
  title.textContent = fault.message;
  const frameText = document.createElement("pre");
  frameText.textContent = fault.frames.join("\n\n");
  box.replaceChildren(title, frameText);
}

function listFindings(findings) {
  $("fine").hidden = findings.length > 0;
  $("count").textContent = findings.length ? `(${findings.length})` : "";
  $("findings").replaceChildren(...findings.map(entry));
}

function entry(finding) {
  const item = document.createElement("li");
  item.className = finding.severity;
  for (const [name, text] of [["severity", finding.word], ["message", ` ${finding.message} `], ["where", finding.where], ["hint", finding.hint]]) {
    if (!text) continue;
    const part = document.createElement(name === "hint" ? "div" : "span");
    part.className = name;
    part.textContent = text;
    item.append(part);
  }
  return item;
}

function listen() {
  if (source || document.hidden) return;
  source = new EventSource("/events");
  source.addEventListener("generation", (event) => {
    if (Number(event.data) !== choice.generation) refresh();
  });
}

document.addEventListener("visibilitychange", () => {
  if (!document.hidden) return listen();
  if (source) source.close();
  source = null;
});

function press(button, on) {
  button.setAttribute("aria-pressed", String(on));
}

document.querySelectorAll("[data-width]").forEach((button) =>
  button.addEventListener("click", () => {
    document.querySelectorAll("[data-width]").forEach((other) => press(other, other === button));
    $("sheet").style.width = button.dataset.width ? `${button.dataset.width}px` : "";
  }),
);

$("dark").addEventListener("click", () => {
  choice.dark = !choice.dark;
  press($("dark"), choice.dark);
  frame.style.colorScheme = choice.dark ? "dark" : "light";
});

$("images").addEventListener("click", () => {
  choice.images = !choice.images;
  press($("images"), !choice.images);
  if (shown && !shown.fault) swap(shown.html);
});

$("persona").addEventListener("change", refresh);

const tabs = [...document.querySelectorAll('[role="tab"]')];
function open(tab) {
  for (const other of tabs) {
    const on = other === tab;
    other.setAttribute("aria-selected", String(on));
    other.tabIndex = on ? 0 : -1;
    $(other.getAttribute("aria-controls")).hidden = !on;
  }
  tab.focus();
}
tabs.forEach((tab, place) => {
  tab.addEventListener("click", () => open(tab));
  tab.addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) open(tabs[(place + step + tabs.length) % tabs.length]);
  });
});

frame.style.colorScheme = "light";
refresh().then(listen);
