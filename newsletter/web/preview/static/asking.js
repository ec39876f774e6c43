// Looks on demand: links are visited and SpamAssassin is asked only when somebody presses the button.
import { entry } from "./findings.js";
import { $, command, post, sayError, word } from "./kit.js";

const { slug, lang } = document.body.dataset;

for (const kind of ["links", "spam"]) {
  const button = $(`ask-${kind}`);
  if (!button) continue;
  const ask = async () => {
    button.disabled = true;
    $("asked-state").textContent = word("axe_running");
    try {
      const told = await post(`/issues/${encodeURIComponent(slug)}/${encodeURIComponent(lang)}/${kind}`);
      $("asked-state").textContent = told.said;
      $("asked").replaceChildren(...told.findings.map(entry));
    } catch (error) {
      $("asked-state").textContent = "";
      sayError(error);
    }
    button.disabled = false;
  };
  button.addEventListener("click", ask);
  command({ id: `ask-${kind}`, label: button.textContent, group: "group_actions", run: ask });
}
