// Which label is it? Chosen by its number, or typed; a new one may be typed, too.

import { button, make } from "./dom.js";
import { faultOf } from "./words.js";

const MOST_LISTED = 200;

// Resolves to a label, or null if the dialog is closed without one.
// Numbers follow the labels of the data set; `then` says what else becomes of it.
export function askLabel(room, { labels, now, path, then }) {
  return new Promise((resolve) => {
    let chosen = null;
    const input = make("input", { type: "text", id: "label-text", maxlength: "255", autocomplete: "off", spellcheck: "false", "aria-describedby": "label-fault" });
    const fault = make("p", { class: "fault", id: "label-fault", role: "status" });
    const list = make("ul", { class: "labels" });
    const take = (label) => {
      chosen = label;
      dialog.close();
    };
    const found = () => {
      const text = input.value.trim().toLowerCase();
      return labels.filter((label) => label.toLowerCase().includes(text)).slice(0, MOST_LISTED);
    };
    const show = () => {
      const text = input.value.trim();
      fault.textContent = text && text !== now ? faultOf(text, labels) : "";
      list.replaceChildren(...found().map((label, index) => make("li", {},
        button([make("bdi", {}, label), label === now && " (so far)"], input.value === "" && index < 9 ? String(index + 1) : null, () => take(label)))));
      const isNew = text && !labels.includes(text) && !fault.textContent;
      create.hidden = !isNew;
      create.replaceChildren("New label ", make("bdi", {}, text), " ", make("kbd", {}, "↵"));
    };
    const create = button("", null, () => take(input.value.trim()), { class: "main", hidden: true });
    const dialog = make("dialog", { class: "small", "aria-labelledby": "label-title" },
      make("h2", { id: "label-title" }, "Which label is it?"),
      make("p", { class: "muted" }, make("bdi", {}, path), now && [", so far ", make("bdi", {}, now)]),
      then && make("p", {}, then),
      make("label", { class: "field", for: "label-text" }, "Type a label, or its number", input), fault, list,
      make("p", { class: "actions" }, create, button("Cancel", "Esc", () => dialog.close())));
    input.addEventListener("input", show);
    dialog.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (input.value === "" && /^[1-9]$/.test(event.key) && found()[event.key - 1]) {
        event.preventDefault();
        take(found()[event.key - 1]);
      } else if (event.key === "Enter" && event.target === input) {
        event.preventDefault();
        const text = input.value.trim();
        const exact = labels.find((label) => label === text);
        const only = found();
        if (exact) take(exact);
        else if (text && !fault.textContent && only.length === 1) take(only[0]);
        else if (text && !fault.textContent) take(text);
      }
    });
    dialog.addEventListener("close", () => resolve(chosen));
    show();
    room.open(dialog);
    input.focus();
  });
}
