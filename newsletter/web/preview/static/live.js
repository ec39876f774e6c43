// A save becomes a new generation, told by the server: one connection a visible tab, none for a hidden one.
import { $, word } from "./kit.js";

let source = null;

export function listen(changed) {
  if (document.hidden) close();
  else if (!source) open(changed);
}

function open(changed) {
  source = new EventSource("/events");
  source.addEventListener("generation", (event) => changed(Number(event.data)));
  source.addEventListener("error", () => {
    if ($("state") && source?.readyState !== EventSource.OPEN) $("state").textContent = word("waiting");
  });
}

function close() {
  source?.close();
  source = null;
}

export function follow(changed) {
  document.addEventListener("visibilitychange", () => listen(changed));
  addEventListener("pagehide", close);
  addEventListener("pageshow", () => listen(changed));
  listen(changed);
}
