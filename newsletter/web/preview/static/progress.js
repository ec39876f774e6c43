// A send under way: looked at once a second while this page is seen, with pause, resume and cancel.
import { $, get, once, post, say, sayError, word } from "./kit.js";

const ref = $("send").dataset.ref;
const LOOK = 1000;
let now = JSON.parse($("now").textContent);
let heard = performance.now();
let [timer, turn] = [0, 0];

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
  $("doubt-title").textContent = word("doubt", { count: now.unknown });
  $("only-help").textContent = word("doubtful", { numbers: now.doubtful });
  document.querySelectorAll("[data-do]").forEach((button) => (button.hidden = !now.can.includes(button.dataset.do)));
  drawHold();
}

function drawHold() {
  const left = Math.max(0, Math.ceil(now.hold - (performance.now() - heard) / 1000));
  $("hold").hidden = !left;
  document.querySelector('[data-do="cancel"]').textContent = word(left ? "call_off" : "end");
  $("hold-text").textContent = word("hold", { count: left });
}

/** Draw an answer, unless something was asked after it: answers may come in another order than they were asked for. */
async function heed(asking) {
  const mine = ++turn;
  const answer = await asking;
  if (mine !== turn) return;
  [now, heard] = [answer, performance.now()];
  draw();
}

async function look() {
  clearTimeout(timer);
  if (document.hidden || now.ended) return;
  try {
    await heed(get(`/sends/${ref}/progress.json`));
  } catch (error) {
    $("pace").textContent = error.message;
  }
  clearTimeout(timer);
  if (!now.ended) timer = setTimeout(look, LOOK);
}

async function act(name) {
  clearTimeout(timer);
  try {
    await heed(post(`/sends/${ref}/${name}`));
  } catch (error) {
    sayError(error);
  }
  look();
}

document.querySelectorAll("[data-do]").forEach((button) =>
  button.addEventListener("click", () => (button.dataset.do === "cancel" && !now.hold ? $("ending").showModal() : act(button.dataset.do))),
);
$("end-it").addEventListener("click", () => {
  $("ending").close();
  act("cancel");
});

// Those in doubt: a person says what became of them; who would get it again is asked about once more.
async function settle(typed = "") {
  const decision = document.querySelector('input[name="decision"]:checked').value;
  const { said } = await post(`/sends/${ref}/resolve`, { decision, reason: $("how").value, only: $("only").value, typed });
  $("repeating").close();
  say(said);
  for (const form of ["doubt-form", "repeat-form"]) $(form).reset();
  await heed(get(`/sends/${ref}/progress.json`));
  look();
}

$("doubt-form").addEventListener("submit", (event) => {
  event.preventDefault();
  if (document.querySelector('input[name="decision"]:checked').value === "again") $("repeating").showModal();
  else once(event.target, settle);
});
$("repeat-form").addEventListener("submit", (event) => {
  event.preventDefault();
  once(event.target, () => settle($("typed-repeat").value.trim()));
});

document.addEventListener("visibilitychange", look);
setInterval(() => !document.hidden && now.hold && drawHold(), 250);
draw();
timer = setTimeout(look, 300);
