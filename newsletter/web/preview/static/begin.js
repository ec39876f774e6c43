// A new issue: its title, and what it begins with. Its page then opens with the writing pane.
import { $, command, element, get, post, sayError, word } from "./kit.js";

let known = false;

async function choices() {
  if (known) return;
  const found = await get("/starts.json");
  const option = ({ name, label }) => element("option", { value: name }, label);
  const source = $("begin-source");
  if (found.issues.length) {
    const [last, ...rest] = found.issues;
    source.append(element("option", { value: last.name }, `${word("from_last")}: ${last.label}`), ...rest.map(option));
  }
  source.append(...found.templates.map(option));
  $("begin-lang").replaceChildren(...found.languages.map((lang) => element("option", { value: lang, selected: lang === found.lang }, lang)));
  $("begin-languages").hidden = found.languages.length < 2;
  known = true;
}

async function open() {
  try {
    await choices();
  } catch (error) {
    return sayError(error);
  }
  $("begin-wrong").hidden = true;
  $("begin").showModal();
  $("begin-name").focus();
}

$("begin-form").addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const { page } = await post("/issues", { title: $("begin-name").value, source: $("begin-source").value, lang: $("begin-lang").value });
    location.assign(page);
  } catch (error) {
    $("begin-wrong").hidden = false;
    $("begin-wrong").textContent = [error.message, error.hint].filter(Boolean).join(" ");
  }
});
$("new-issue").addEventListener("click", open);
command({ id: "new-issue", label: word("new_issue"), group: "group_actions", key: "n", run: open });
