// The key table, and the switch that turns single keys off.

import { button, make, open } from "./dom.js";
import { get } from "./wire.js";

const STORED = "keys";

export const areOn = () => sessionStorage.getItem(STORED) !== "off";

// What keys do is not shown where they do nothing.
export const showKeys = () => document.body.classList.toggle("no-keys", !areOn());

export async function showHelp({ content }) {
  if (document.querySelector("dialog[open]")) return;
  const rows = (await get("static/keys.json")).filter((row) => row.review && (content || row.needs !== "content"));
  const box = make("input", { type: "checkbox", id: "keys-on", onchange: () => { sessionStorage.setItem(STORED, box.checked ? "on" : "off"); showKeys(); } });
  box.checked = areOn();
  const dialog = make("dialog", { class: "small", id: "help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title" }, "Keys"),
    make("p", { class: "muted" }, "One press decides once: a key that is held down does not go on by itself."),
    make("dl", { class: "keys" }, rows.map((row) => make("div", {},
      make("dt", {}, row.keys.map((key) => (key === "…" ? " … " : [make("kbd", {}, key), " "]))),
      make("dd", {}, row.review.split("`").map((part, index) => (index % 2 ? make("kbd", {}, part) : part)))))),
    make("label", { class: "check" }, box, "Single keys decide"),
    make("p", { class: "actions" }, button("Close", "Esc", () => dialog.close(), { class: "main" })));
  open(dialog);
}
