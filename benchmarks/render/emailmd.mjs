// Renders standard input 5 + 20 times with emailmd and prints the milliseconds of the timed renders.
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import path from "node:path";

const require = createRequire(pathToFileURL(path.join(process.argv[2], "index.js")));
const { render } = require("emailmd");
const source = readFileSync(0, "utf8");
let used = 0;
for (let round = 0; round < 5; round += 1) used += (await render(source)).html.length;
const times = [];
for (let round = 0; round < 20; round += 1) {
  const start = performance.now();
  const { html, text } = await render(source);
  times.push(performance.now() - start);
  used += html.length + text.length;
}
console.log(JSON.stringify({ times, used }));
