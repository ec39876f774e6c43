// Colours turned by force, as Gmail and Outlook.com do: light grounds darken, dark text lightens, in CIE LCH.
// L >= 50 becomes 50 - (L - 50) * 0.75 for grounds, its mirror for text; chroma * 0.8.

const TEXT = ["color", "-webkit-text-fill-color", "text-decoration-color"];
const GROUND = ["background-color", "border-top-color", "border-right-color", "border-bottom-color", "border-left-color", "outline-color"];
const WHITE = [0.95047, 1, 1.08883];

const linear = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
const curved = (part) => (part <= 0.0031308 ? part * 12.92 : 1.055 * part ** (1 / 2.4) - 0.055);
const root = (value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116);
const cube = (value) => (value ** 3 > 0.008856 ? value ** 3 : (value - 16 / 116) / 7.787);

function toLab([red, green, blue]) {
  const [r, g, b] = [red, green, blue].map((part) => linear(part / 255));
  const xyz = [0.4124564 * r + 0.3575761 * g + 0.1804375 * b, 0.2126729 * r + 0.7151522 * g + 0.072175 * b, 0.0193339 * r + 0.119192 * g + 0.9503041 * b];
  const [x, y, z] = xyz.map((value, at) => root(value / WHITE[at]));
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

function toRgb([lightness, a, b]) {
  const y = (lightness + 16) / 116;
  const [x, , z] = [cube(y + a / 500) * WHITE[0], 0, cube(y - b / 200) * WHITE[2]];
  const w = cube(y);
  const parts = [3.2404542 * x - 1.5371385 * w - 0.4985314 * z, -0.969266 * x + 1.8760108 * w + 0.041556 * z, 0.0556434 * x - 0.2040259 * w + 1.0572252 * z];
  return parts.map((part) => Math.round(255 * Math.min(1, Math.max(0, curved(part)))));
}

/** A colour as such a mail program shows it; `text`: it is of letters, not of a ground. */
export function inverted(rgb, text) {
  const [lightness, a, b] = toLab(rgb);
  const turned = text ? lightness < 50 : lightness >= 50;
  return turned ? toRgb([50 - (lightness - 50) * 0.75, a * 0.8, b * 0.8]) : rgb;
}

function read(value) {
  const found = /^rgba?\(([\d.]+)[, ]+([\d.]+)[, ]+([\d.]+)(?:[,/ ]+([\d.]+))?\)$/.exec(value);
  return found ? { rgb: found.slice(1, 4).map(Number), alpha: found[4] === undefined ? 1 : Number(found[4]) } : null;
}

/** Turn a declaration's colours; the browser spells them as rgb() when asked through `probe`. */
function turn(style, probe) {
  for (const [names, text] of [[TEXT, true], [GROUND, false]]) {
    for (const name of names) {
      const written = style.getPropertyValue(name);
      if (!written || written === "inherit" || written === "transparent") continue;
      probe.style.color = "";
      probe.style.color = written;
      const colour = read(getComputedStyle(probe).color);
      if (!colour || !probe.style.color) continue;
      const [red, green, blue] = inverted(colour.rgb, text);
      style.setProperty(name, `rgba(${red}, ${green}, ${blue}, ${colour.alpha})`, style.getPropertyPriority(name));
    }
  }
}

function rules(list, probe) {
  for (const rule of list) {
    // a mail program that inverts takes the author's dark styles away
    if (rule.media && /prefers-color-scheme/.test(rule.media.mediaText)) rule.media.mediaText = "not all";
    else if (rule.cssRules) rules(rule.cssRules, probe);
    if (rule.style) turn(rule.style, probe);
  }
}

/** Invert a page in place: style sheets, style and bgcolor attributes, and the canvas under all of it. */
export function invert(page) {
  const probe = page.createElement("i");
  page.body.append(probe);
  const styled = [...page.body.querySelectorAll("[style]"), page.body];
  for (const sheet of page.styleSheets) rules(sheet.cssRules, probe);
  for (const each of page.body.querySelectorAll("[bgcolor]")) {
    if (!each.style.backgroundColor) each.style.backgroundColor = each.getAttribute("bgcolor");
    if (!styled.includes(each)) styled.push(each);
  }
  for (const each of styled) turn(each.style, probe);
  probe.remove();
  const canvas = inverted([255, 255, 255], false);
  page.documentElement.style.backgroundColor ||= `rgb(${canvas.join(", ")})`;
  page.documentElement.style.color ||= `rgb(${inverted([0, 0, 0], true).join(", ")})`;
}
