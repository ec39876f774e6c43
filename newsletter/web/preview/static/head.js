// The head of the issue as a form: read from the text in the pane, written back into it, nothing else touched.
import { $, command, element, post, sayError, word } from "./kit.js";
import { here } from "./studio.js";

const LINES = ["subject", "preheader", "title", "date", "from", "archive", "summary"];
const field = (name) => $("head-form").elements[name];

function count(input) {
  const places = { count: [...input.value].length, phone: input.dataset.phone, desktop: input.dataset.desktop };
  const help = $(input.getAttribute("aria-describedby"));
  help.textContent = word("counter", places);
  help.classList.toggle("over", places.count > Number(places.desktop));
}

function box(list, chosen) {
  const input = element("input", { type: "checkbox", name: "list", value: list.name, checked: chosen.includes(list.name) });
  return element("label", { class: "switch" }, input, ` ${list.label}`);
}

function fill({ head, choices }) {
  const senders = choices.senders.map((each) => element("option", { value: each.name }, each.label));
  $("head-from").replaceChildren($("head-from").options[0], ...senders);
  for (const name of [...LINES, "number"]) {
    const control = field(name);
    const value = head[name] ?? "";
    if (control.tagName === "SELECT" && value && ![...control.options].some((each) => each.value === value)) control.append(element("option", { value }, value));
    control.value = value === "public" ? "" : value;
    control.disabled = head.elsewhere.includes(name);
    control.title = control.disabled ? word("in_text") : "";
  }
  field("status").value = head.status === "ready" ? "ready" : "draft";
  const lists = $("head-lists");
  lists.disabled = head.elsewhere.includes("audience");
  lists.replaceChildren(lists.firstElementChild, ...choices.lists.map((each) => box(each, head.audience || [])));
  if (lists.disabled) lists.append(element("span", { class: "facts" }, word("in_text")));
  ["head-subject", "head-preheader"].forEach((id) => count($(id)));
}

function values() {
  const found = {};
  for (const name of [...LINES, "number"]) if (!field(name).disabled) found[name] = field(name).value;
  found.status = field("status").value;
  if (!$("head-lists").disabled) found.audience = [...document.querySelectorAll('#head-lists input:checked')].map((each) => each.value);
  return found;
}

export function headForm(area, replaceText, save) {
  const open = async () => {
    try {
      fill(await post(here("head"), { text: area.value }));
      $("head-wrong").hidden = true;
      $("head").showModal();
    } catch (error) {
      sayError(error);
    }
  };
  $("head-form").addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      const { text } = await post(here("head"), { text: area.value, values: values() });
      $("head").close();
      replaceText(text);
      save();
    } catch (error) {
      $("head-wrong").hidden = false;
      $("head-wrong").textContent = [error.message, error.hint].filter(Boolean).join(" ");
    }
  });
  ["head-subject", "head-preheader"].forEach((id) => $(id).addEventListener("input", () => count($(id))));
  $("open-head").addEventListener("click", open);
  command({ id: "head", label: word("edit_head"), group: "group_actions", when: () => !$("pane-editor").hidden, run: open });
}
