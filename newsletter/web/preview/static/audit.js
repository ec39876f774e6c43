// axe on the mail, in a frame of its own: scripts run there, ours alone, and it has no origin to reach anything from.
import { $, element, on, tell, word } from "./kit.js";

let [frame, asked, timer] = [null, 0, 0];

export function startAudit() {
  if (!$("audit")) return;
  frame = element("iframe", { src: "/axe/frame", sandbox: "allow-scripts", class: "audit-frame", "aria-hidden": "true", tabindex: "-1", title: "axe" });
  const ready = new Promise((done) => frame.addEventListener("load", done, { once: true }));
  document.body.append(frame);
  addEventListener("message", (event) => event.source === frame.contentWindow && heard(event.data));
  on("view", () => clearTimeout(timer));
  on("details", (details) => {
    clearTimeout(timer);
    timer = setTimeout(() => ready.then(() => look(details)), 800); // after the picture, and once for a burst of saves
  });
}

function look(details) {
  asked += 1;
  $("audit-state").textContent = word("axe_running");
  frame.contentWindow.postMessage({ asked, html: details.marked, lang: document.documentElement.lang }, "*");
}

function heard(answer) {
  if (answer?.asked !== asked) return;
  const { violations = [], passes = 0, incomplete = 0, error } = answer;
  // a run that looked at nothing is no good news
  if (error || passes + violations.length === 0) $("audit-state").textContent = word("axe_failed");
  else {
    const fine = violations.length ? "" : word("axe_fine", { count: passes });
    $("audit-state").textContent = [fine, incomplete ? word("axe_manual", { count: incomplete }) : ""].filter(Boolean).join(" ");
  }
  $("audit").replaceChildren(...violations.map(entry));
  tell("audit", answer);
}

function entry({ id, impact, help, line, path, count, target }) {
  const severity = ["critical", "serious"].includes(impact) ? "error" : "warning";
  const said = word(`axe_${id}`);
  const known = said !== `axe_${id}`;
  const text = element("span", known ? {} : { lang: "en" }, known ? said : help);
  const place = line ? word("line", { line }) : target;
  return element("li", { class: severity },
    element("p", { class: "head" }, element("span", { class: `chip ${severity}` }, word(severity)), element("span", { class: "where" }, place), element("span", { class: "where" }, count > 1 ? `${id} × ${count}` : id)),
    element("button", { type: "button", class: "message", onclick: () => line && tell("finding", { line, path }) }, text));
}
