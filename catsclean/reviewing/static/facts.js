// The facts beside a picture, those that differ in colour.

import { make } from "./dom.js";
import { factsOf } from "./words.js";

export function facts(one, differing) {
  return make("ul", { class: "facts" }, factsOf(one).map(([key, text]) => make("li",
    { class: `${key === "label" ? "label" : ""}${differing.has(key) ? " differs" : ""}` || null },
    make("bdi", {}, text), differing.has(key) && make("span", { class: "hidden" }, " (differs)"))));
}

// In a pair both are coloured; in a larger group each that differs from the first one.
export function differencesOf(pictures, one) {
  return new Set(pictures.length === 2 ? pictures.flatMap((other) => other.differs) : one.differs);
}
