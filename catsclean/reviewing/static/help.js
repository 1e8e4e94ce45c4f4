// The key table, and the switch that turns single keys off.

import { button, make } from "./dom.js";

const STORED = "keys";

export const areOn = (room) => room.memory.get(STORED) !== "off";

// What keys do is not shown where they do nothing.
export const showKeys = (room) => room.frame.classList.toggle("no-keys", !areOn(room));

export async function showHelp(room, { content }) {
  if (room.hasDialog) return;
  const rows = (await room.keys()).filter((row) => row.review && (content || row.needs !== "content"));
  const box = make("input", { type: "checkbox", id: "keys-on", onchange: () => { room.memory.set(STORED, box.checked ? "on" : "off"); showKeys(room); } });
  box.checked = areOn(room);
  const dialog = make("dialog", { class: "small", id: "help", "aria-labelledby": "help-title" },
    make("h2", { id: "help-title" }, "Keys"),
    make("p", { class: "muted" }, "One press decides once: a key that is held down does not go on by itself."),
    make("dl", { class: "keys" }, rows.map((row) => make("div", {},
      make("dt", {}, row.keys.map((key) => (key === "…" ? " … " : [make("kbd", {}, key), " "]))),
      make("dd", {}, row.review.split("`").map((part, index) => (index % 2 ? make("kbd", {}, part) : part)))))),
    make("label", { class: "check" }, box, "Single keys decide"),
    make("p", { class: "actions" }, button("Close", "Esc", () => dialog.close(), { class: "main" })));
  room.open(dialog);
}
