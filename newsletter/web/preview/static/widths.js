// The mail's width: four that matter, and any other by its handle, with the mouse, a finger or the arrow keys.
import { $, command, press, word } from "./kit.js";

const NAMES = { 320: "reflow", 390: "phone", 768: "tablet" };
const STEPS = { ArrowLeft: -10, ArrowRight: 10, PageDown: -100, PageUp: 100 };
const [LEAST, MOST] = [280, 1400];
const sheets = ["sheet", "web-sheet"].map($);
const grip = $("grip");
let wanted = "";

/** Set the width in pixels, or "" for all there is. */
export function setWidth(width, changed = () => {}) {
  wanted = width === "" ? "" : Math.round(Math.min(MOST, Math.max(LEAST, Number(width))));
  for (const sheet of sheets) sheet.style.width = wanted === "" ? "" : `${wanted}px`;
  document.querySelectorAll("[data-width]").forEach((button) => press(button, button.dataset.width === String(wanted)));
  changed(wanted);
  nameWidth();
}

const shown = () => Math.round(sheets.find((sheet) => sheet.offsetWidth)?.getBoundingClientRect().width || 0);

export function nameWidth() {
  const pixels = word("pixels", { width: shown() });
  const name = wanted === "" ? word("full") : word(NAMES[wanted] || "own_width");
  $("width-name").textContent = `${name} · ${pixels}`;
  grip.setAttribute("aria-valuenow", String(shown()));
  grip.setAttribute("aria-valuetext", $("width-name").textContent);
}

export function startWidths(changed) {
  document.querySelectorAll("[data-width]").forEach((button) => {
    button.addEventListener("click", () => setWidth(button.dataset.width, changed));
    const name = button.dataset.width ? `${word(NAMES[button.dataset.width])} · ${word("pixels", { width: button.dataset.width })}` : word("full");
    button.title = name;
    command({ id: `width-${button.dataset.width || "full"}`, label: name, group: "group_widths", run: () => setWidth(button.dataset.width, changed) });
  });
  command({ id: "next-width", label: word("next_width"), group: "group_widths", key: "w", run: () => setWidth(next(), changed) });
  grip.addEventListener("keydown", (event) => {
    const to = { Home: LEAST, End: "" }[event.key] ?? (STEPS[event.key] && shown() + STEPS[event.key]);
    if (to === undefined) return;
    event.preventDefault();
    setWidth(to, changed);
  });
  grip.addEventListener("pointerdown", (event) => {
    grip.setPointerCapture(event.pointerId);
    const [from, width] = [event.clientX, shown()];
    const drag = (moved) => setWidth(width + 2 * (moved.clientX - from), changed); // the sheet is centred
    $("sheet").classList.add("dragged");
    grip.addEventListener("pointermove", drag);
    grip.addEventListener("lostpointercapture", () => {
      grip.removeEventListener("pointermove", drag);
      $("sheet").classList.remove("dragged");
    }, { once: true });
  });
  const seen = new ResizeObserver(nameWidth);
  sheets.forEach((sheet) => seen.observe(sheet));
}

function next() {
  const order = ["320", "390", "768", ""];
  return order[(order.indexOf(String(wanted)) + 1) % order.length];
}
