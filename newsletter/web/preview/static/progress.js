// A send under way: looked at once a second while this page is seen, with pause, resume and cancel.
import { $, get, post, sayError, word } from "./kit.js";

const ref = $("send").dataset.ref;
const LOOK = 1000;
let now = JSON.parse($("now").textContent);
let heard = performance.now();
let timer = 0;

function draw() {
  if ($("state").textContent !== now.word) $("state").textContent = now.word;
  $("state").className = `chip ${now.state === "done" && !now.unknown ? "good" : ["stopped", "held"].includes(now.state) || now.unknown ? "error" : ""}`;
  $("bar").max = now.total;
  $("bar").value = now.settled;
  for (const each of now.counts) document.querySelector(`[data-count="${each.name}"] td`).textContent = each.number;
  $("pace").textContent = now.ended ? now.line : [now.rate, now.left && word("time_left", { time: now.left }), now.next_due && word("next_in", { time: now.next_due })].filter(Boolean).join(" · ");
  $("reason").textContent = [now.reason, ...now.stopped].filter(Boolean).join(" ");
  $("fault").hidden = !now.fault && !now.idle;
  $("fault").textContent = now.fault ? [now.fault.message, now.fault.hint].filter(Boolean).join(" ") : now.idle ? word("idle") : "";
  $("doubt").hidden = !now.unknown;
  $("doubt").textContent = word("doubt", { count: now.unknown, send: ref });
  document.querySelectorAll("[data-do]").forEach((button) => (button.hidden = !now.can.includes(button.dataset.do)));
  drawHold();
}

function drawHold() {
  const left = Math.max(0, Math.ceil(now.hold - (performance.now() - heard) / 1000));
  $("hold").hidden = !left;
  document.querySelector('[data-do="cancel"]').textContent = word(left ? "call_off" : "end");
  $("hold-text").textContent = word("hold", { count: left });
}

async function look() {
  clearTimeout(timer);
  if (document.hidden || now.ended) return;
  try {
    now = await get(`/sends/${ref}/progress.json`);
    heard = performance.now();
    draw();
  } catch (error) {
    $("pace").textContent = error.message;
  }
  if (!now.ended) timer = setTimeout(look, LOOK);
}

async function act(name) {
  try {
    now = await post(`/sends/${ref}/${name}`);
    heard = performance.now();
    draw();
    look();
  } catch (error) {
    sayError(error);
  }
}

document.querySelectorAll("[data-do]").forEach((button) =>
  button.addEventListener("click", () => (button.dataset.do === "cancel" && !now.hold ? $("ending").showModal() : act(button.dataset.do))),
);
$("end-it").addEventListener("click", () => {
  $("ending").close();
  act("cancel");
});
document.addEventListener("visibilitychange", look);
setInterval(() => !document.hidden && now.hold && drawHold(), 250);
draw();
timer = setTimeout(look, 300);
