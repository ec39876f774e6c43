// The HTML as it is sent, each line beside the line of the Markdown that it comes from; and headers and parts.
import { $, element, tell, word } from "./kit.js";

export function drawSource(details) {
  const places = new Map(details.marks.map(([source, line, path]) => [source, { line, path }]));
  const cells = details.source.split("\n").flatMap((text, at) => {
    const place = places.get(at + 1);
    const label = place && word(place.path ? "line_of" : "line", place);
    const number = place && element("button", { type: "button", "aria-label": label, title: label, onclick: () => tell("edit", place) }, String(place.line));
    return [element("span", {}, number), element("span", {}, text || "\u200b")];
  });
  $("source").replaceChildren(...cells);
}

export function drawHeaders(details) {
  $("headers").replaceChildren(
    ...details.headers.map(([name, value]) => element("tr", {}, element("th", { scope: "row" }, name), element("td", {}, value))),
  );
  $("parts").replaceChildren(
    ...details.parts.map((part) =>
      element("tr", {}, element("td", {}, "\u2003".repeat(part.depth) + part.type), element("td", {}, part.filename), element("td", {}, part.encoding), element("td", { class: "number" }, part.size)),
    ),
  );
  $("raw").textContent = details.raw;
}
