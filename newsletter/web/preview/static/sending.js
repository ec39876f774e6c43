// Before a send: the plan, the typed confirmation, a time to come, a test. What is refused is said in the page's form.
import { $, element, once, post, sayError, sayNext } from "./kit.js";

const slug = $("plan")?.dataset.slug || $("test-form")?.dataset.slug;
const at = (part = "") => `/plan/${encodeURIComponent(slug)}${part}`;

/** What the plan on the page is: sent back with every wish, so that nothing else can be confirmed. */
function bound() {
  const { plan, lists, again } = $("bound").dataset;
  return { plan, lists: JSON.parse(lists), again };
}

const forms = {
  "send-form": async () => {
    const { page } = await post(at("/send"), { ...bound(), typed: $("typed").value.trim(), typed_again: $("typed-again")?.value.trim() });
    location.assign(page);
  },
  "later-form": async () => {
    const { page } = await post(at("/schedule"), { ...bound(), ...moment(), typed: $("typed-later").value.trim() });
    location.assign(page);
  },
  "again-form": async () => {
    const { html } = await post(at(), { lists: bound().lists, again: $("reason").value });
    const made = new DOMParser().parseFromString(html, "text/html");
    $("plan").replaceChildren(...made.body.childNodes);
    $("main").focus();
    tellMoment();
  },
  "keep-form": async () => {
    const { said } = await post("/bookings/keep", { ref: $("keep-form").dataset.ref, typed: $("typed-keep").value.trim() });
    $("keeping").close();
    seen(said);
  },
  "test-form": async () => {
    const body = { addresses: $("addresses").value, reader: $("reader").value, prefix: $("prefix").checked };
    $("receipt").hidden = true;
    const found = await post(`/test/${encodeURIComponent(slug)}`, body);
    $("receipt").className = `callout ${found.refused.length ? "caution" : "tip"}`;
    $("receipt").replaceChildren(...[found.said, found.where, ...found.refused].filter(Boolean).map((line) => element("p", {}, line)));
    $("receipt").hidden = false;
    $("addresses").value = "";
  },
};

document.addEventListener("submit", (event) => {
  const act = forms[event.target.id];
  if (!act) return;
  event.preventDefault();
  once(event.target, act);
});

/** Show the page as it is now, and say there what was done. */
function seen(said) {
  sayNext(said);
  location.reload();
}

const acts = {
  ready: async () => {
    await post(at("/ready"));
    location.reload();
  },
  unbook: async (button) => seen((await post("/bookings/cancel", { ref: button.dataset.ref })).said),
  drop: async (button) => seen((await post("/bookings/drop", { ref: button.dataset.ref })).said),
  keep: async (button) => {
    $("keep-form").dataset.ref = button.dataset.ref;
    $("keep-ask").textContent = button.dataset.ask;
    $("typed-keep").value = "";
    $("keeping").showModal();
  },
};

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) acts[button.dataset.act](button).catch(sayError);
});

// ---- other lists: another plan

document.addEventListener("change", (event) => {
  if (!event.target.closest("#lists-form")) return;
  const lists = [...document.querySelectorAll('#lists-form input:checked')].map((each) => each.value);
  if (!lists.length) return (event.target.checked = true);
  const asked = new URLSearchParams(lists.map((name) => ["list", name]));
  location.assign(`${at()}?${asked}`);
});

// ---- a time to come, as clocks and quiet hours have it

const moment = () => ({ date: $("date").value, time: $("time").value, zone: $("zone").value });

async function tellMoment() {
  if (!$("said")) return;
  try {
    const { said, notes } = await post(at("/moment"), moment());
    $("said").replaceChildren(element("strong", {}, said), ...notes.map((note) => element("span", { class: "facts" }, ` ${note}`)));
  } catch (error) {
    $("said").textContent = [error.message, error.hint].filter(Boolean).join(" ");
  }
}
document.addEventListener("change", (event) => event.target.closest("#later-form .moment") && tellMoment());
tellMoment();
