// The forms that the file once had: looked at, and put back; putting back can itself be undone.
import { $, command, element, get, press, say, sayError, word } from "./kit.js";
import { here } from "./studio.js";

export function earlierForms(replaceText, save) {
  let chosen = null;

  async function choose(form, button) {
    try {
      const { text } = await get(here(`earlier/${encodeURIComponent(form.name)}`));
      chosen = text;
      $("earlier-text").textContent = text;
      $("earlier-list").querySelectorAll("button").forEach((each) => press(each, each === button));
      $("restore").disabled = false;
    } catch (error) {
      sayError(error);
    }
  }

  function line(form) {
    const button = element("button", { type: "button", class: "line", "aria-pressed": "false", onclick: () => choose(form, button) }, element("span", {}, form.at), " ", element("span", { class: "facts" }, form.size));
    return element("li", {}, button);
  }

  async function open() {
    try {
      await save();
      const { forms } = await get(here("earlier"));
      chosen = null;
      $("restore").disabled = true;
      $("earlier-text").textContent = "";
      $("earlier-list").replaceChildren(...forms.map(line));
      $("earlier-none").hidden = forms.length > 0;
      $("earlier-none").textContent = word("earlier_none");
      $("earlier").showModal();
      if (forms.length) $("earlier-list").querySelector("button").click();
    } catch (error) {
      sayError(error);
    }
  }

  $("restore").addEventListener("click", () => {
    if (chosen === null) return;
    $("earlier").close();
    replaceText(chosen);
    save();
    say(word("restored"));
  });
  $("open-earlier").addEventListener("click", open);
  command({ id: "earlier", label: word("earlier"), group: "group_actions", when: () => !$("pane-editor").hidden, run: open });
}
