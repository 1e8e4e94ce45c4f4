// Where a review is shown: a page of its own, or a cell of a notebook. What is said to people goes
// through it; no other module looks for an element beyond its own, or for the address.

import { button, make } from "./dom.js";

const GIVEN_MS = 3_000;
const NOTICE_MS = 6_000;
const DISMISSING = ["keydown", "pointerdown", "popstate"];

export class Room {
  // `root`: has all elements of the review, as the document or a shadow root does; `floor`: takes
  // dialogs; `wire`: carries requests; `pictures`: shows what the wire brings; `memory`: get(name)
  // and set(name, text), for as long as the page is open
  constructor({ root, floor, wire, pictures, memory }) {
    Object.assign(this, { root, floor, wire, pictures, memory, given: 0 });
    this.leaving = new AbortController();
  }

  place(id) {
    return this.root.getElementById(id);
  }

  // What has the focus; null if it is elsewhere.
  get focused() {
    return this.root.activeElement;
  }

  holdsFocus(element) {
    return element.contains(this.focused);
  }

  get hasDialog() {
    return this.root.querySelector("dialog[open]") !== null;
  }

  // Nothing of it is heard or done any more.
  close() {
    this.leaving.abort();
    clearTimeout(this.given);
  }

  // Reads something to people who do not see the page; the same words twice are read twice.
  speak(text) {
    const place = this.place("spoken");
    place.textContent = place.textContent === text ? `${text}\u00a0` : text;
  }

  // Shows for a moment what was done; it is read out elsewhere.
  showGiven(text) {
    const place = this.place("given");
    clearTimeout(this.given);
    place.textContent = place.title = text;
    if (text) this.given = setTimeout(() => this.showGiven(""), GIVEN_MS);
  }

  // Says something that must not be overlooked; it goes by itself, unless somebody is at it.
  notice(text, ...more) {
    const place = this.place("notices");
    const box = make("div", { class: "notice" }, make("p", {}, text), more,
      button("Close", null, () => box.remove(), { class: "quiet" }));
    while (place.childElementCount > 2) place.firstElementChild.remove();
    place.append(box);
    const end = () => (box.matches(":hover, :focus-within") ? setTimeout(end, NOTICE_MS) : box.remove());
    setTimeout(end, NOTICE_MS);
    return box;
  }

  // Says something that is over with the next thing that somebody does.
  hint(text) {
    const box = this.notice(text);
    const over = new AbortController();
    const end = () => {
      box.remove();
      over.abort();
    };
    // not with the click that led to it
    setTimeout(() => { for (const kind of DISMISSING) addEventListener(kind, end, { capture: true, signal: over.signal }); });
  }

  // A dialog that is thrown away when it closes, and gives the focus back.
  open(dialog) {
    const before = this.focused;
    dialog.addEventListener("close", () => {
      dialog.remove();
      const to = before?.isConnected ? before : this.place("main");
      to.focus({ preventScroll: true });
    });
    dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
    this.floor.append(dialog);
    dialog.showModal();
    return dialog;
  }
}
