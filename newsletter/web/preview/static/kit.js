// What every script of the studio uses: elements, requests with the run's token, texts, events, commands.

const read = (id) => JSON.parse(document.getElementById(id)?.textContent || "{}");
const words = read("words");
const token = document.querySelector('meta[name="newsletter-token"]').content;

export const $ = (id) => document.getElementById(id);

/** A text in the interface's language, its places filled: word("line", { line: 12 }). */
export const word = (key, places = {}) => (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => places[name] ?? "");

/** An element: element("li", { class: "x", onclick: f }, "text", child). Text is text, never markup. */
export function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child !== undefined && child !== null && child !== false));
  return made;
}

/** The answer's JSON; what was refused is thrown as an Error with the server's own words. */
async function answered(answer) {
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  const error = new Error(body.error?.message || word("not_done"));
  error.hint = body.error?.hint || "";
  error.findings = body.error?.findings || [];
  error.answer = body;
  throw error;
}

export const get = async (path, signal) => answered(await fetch(path, { headers: { accept: "application/json" }, signal }));

export const post = async (path, body = {}) =>
  answered(
    await fetch(path, {
      method: "POST",
      headers: { "content-type": "application/json", "x-newsletter-token": token },
      body: JSON.stringify(body),
    }),
  );

let silence = 0;
/** Say something once, at the foot of the page and to screen readers. */
export function say(text, hint = "") {
  const box = $("say");
  box.textContent = [text, hint].filter(Boolean).join(" ");
  box.classList.add("on");
  clearTimeout(silence);
  silence = setTimeout(() => box.classList.remove("on"), 5000);
}

/** Say something on the page that comes next. */
export const sayNext = (text) => sessionStorage.setItem("said", text);
const left = sessionStorage.getItem("said");
sessionStorage.removeItem("said");
if (left) say(left);

export const sayError = (error) => say(error.message, error.hint);

/** Say in a form what was refused. */
function wrong(form, error) {
  const box = form.querySelector(".wrong");
  box.hidden = !error;
  box.textContent = error ? [error.message, error.hint].filter(Boolean).join(" ") : "";
}

/** Do something once: its button waits, and what is refused is said beside it. */
export async function once(form, act) {
  const button = form.querySelector('[type="submit"]');
  button.disabled = true;
  wrong(form, null);
  try {
    await act();
  } catch (error) {
    wrong(form, error);
  } finally {
    button.disabled = false;
  }
}

const listeners = new Map();
/** Hear what other scripts tell: "view", "details", "edit", "pane", "reader", "persona". */
export const on = (name, call) => listeners.set(name, [...(listeners.get(name) || []), call]);
export const tell = (name, value) => (listeners.get(name) || []).map((call) => call(value));

const commands = new Map();
/** A line of the palette: { id, label, group, key, run, when }. `key` is one letter, as event.key gives it. */
export const command = (given) => commands.set(given.id, given);
export const allCommands = () => [...commands.values()].filter((each) => !each.when || each.when());

/** Choices that outlive a page, in this browser tab only: never anything of a person. */
export const remembered = (name, otherwise) => {
  try {
    return { ...otherwise, ...JSON.parse(sessionStorage.getItem(name) || "{}") };
  } catch {
    return { ...otherwise };
  }
};
export const remember = (name, value) => sessionStorage.setItem(name, JSON.stringify(value));

export const press = (button, pressed) => button.setAttribute("aria-pressed", String(pressed));
export const calm = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
