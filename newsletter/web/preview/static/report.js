// The report stands in a frame of its own; the frame is as high as what it holds.
import { $ } from "./kit.js";

const frame = $("report");
function fit() {
  const page = frame.contentDocument?.documentElement;
  if (page) frame.style.height = `${page.scrollHeight + 8}px`;
}
frame.addEventListener("load", () => {
  fit();
  new ResizeObserver(fit).observe(frame.contentDocument.body);
});
fit();
