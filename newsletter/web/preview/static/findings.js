// What is said about the issue, errors first; what keeps it from being rendered, over the last good picture.
import { $, element, post, say, sayError, tell, word } from "./kit.js";

const here = () => `/issues/${encodeURIComponent(document.body.dataset.slug)}/${encodeURIComponent(document.body.dataset.lang)}`;

export function listFindings(findings) {
  $("findings").replaceChildren(...findings.map(entry));
  $("fine").hidden = findings.length > 0;
  $("fine").textContent = word("no_findings");
  $("tally").textContent = tally(findings);
  $("views-count").textContent = findings.length ? `(${findings.length})` : "";
}

function tally(findings) {
  const names = [["error", "error", "errors"], ["warning", "warning", "warnings"], ["info", "note", "notes"]];
  const parts = names.map(([severity, one, many]) => {
    const count = findings.filter((each) => each.severity === severity).length;
    return count ? `${count} ${word(count === 1 ? one : many)}` : "";
  });
  return parts.filter(Boolean).join(" · ");
}

export function entry(finding) {
  const head = element("p", { class: "head" },
    element("span", { class: `chip ${finding.severity}` }, finding.word),
    element("span", { class: "where", title: finding.where }, word("line", finding)),
    element("span", { class: "where" }, finding.code));
  const message = element("button", { type: "button", class: "message", onclick: () => tell("finding", finding) }, finding.message);
  const hint = [finding.suggestion && word("did_you_mean", { word: finding.suggestion }), finding.hint].filter(Boolean).join(" ");
  const fix = finding.fixable && element("div", { class: "do" }, element("button", { type: "button", class: "button small", onclick: () => mend(finding) }, word("fix")));
  return element("li", { class: finding.severity }, head, message, hint && element("p", { class: "hint" }, hint), fix);
}

async function mend(finding) {
  try {
    await post(`${here()}/fix`, { code: finding.code, where: finding.where });
    say(word("fixed"));
  } catch (error) {
    sayError(error);
  }
}

export function tellFault(fault) {
  const box = $("fault");
  box.hidden = !fault;
  for (const id of ["sheet", "web-sheet"]) $(id).classList.toggle("stale", Boolean(fault));
  if (!fault) return box.replaceChildren();
  const frames = fault.frames.length ? fault.frames.map(frame) : [element("p", { class: "facts" }, fault.where)];
  const hint = fault.hint && !fault.frames.some((each) => each.hint === fault.hint) ? element("p", {}, fault.hint) : null;
  box.replaceChildren(element("h2", {}, fault.message), hint ?? "", ...frames, element("p", { class: "facts" }, word("stale")));
}

function frame(each) {
  const code = element("pre", { tabindex: "0" });
  const width = String(each.first + each.lines.length - 1).length;
  each.lines.forEach((text, at) => {
    const number = each.first + at;
    const row = `${String(number).padStart(width)} | ${text}\n`;
    const own = number === each.line;
    code.append(own ? element("span", { class: "at" }, row) : row);
    if (own) code.append(element("span", { class: "at" }, `${" ".repeat(width)} | ${" ".repeat(each.caret[0] - 1)}${"^".repeat(each.caret[1])}\n`));
  });
  const hint = [each.suggestion && word("did_you_mean", { word: each.suggestion }), each.hint].filter(Boolean).join(" ");
  return element("div", { class: "frame" },
    element("button", { type: "button", class: "place", onclick: () => tell("edit", each) }, each.where),
    element("p", { class: "what" }, each.message),
    each.lines.length ? code : null,
    hint && element("p", {}, hint));
}
