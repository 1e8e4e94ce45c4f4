// Pictures in full size: zoomed and moved together, in turns, or what differs between them.
// Blending is left to the browser: no script reads a pixel.

import { button, keyOf, make, name, open } from "./dom.js";
import { differencesOf, facts } from "./facts.js";
import { sides } from "./pictures.js";
import { addressOf, get } from "./wire.js";

const FLICKER_MS = 450;
const MOST_ZOOM = 40;
const STEP_PX = 60;

export function compare(first, second = null) {
  return new Comparison(first, second);
}

class Comparison {
  constructor(first, second) {
    Object.assign(this, { first, second, scale: 1, x: 0, y: 0, mode: "", aligned: false });
    this.pictures = [first, second].filter(Boolean);
    this.images = this.pictures.map((one) => make("img", { src: addressOf(one, sides.LARGE), alt: one.path, draggable: "false" }));
    this.panes = make("div", { class: `panes${second ? "" : " single"}`, tabindex: "0", role: "group", "aria-label": "Pictures: plus and minus zoom, arrows move" },
      this.images.map((image, index) => make("figure", { class: "pane" }, image, make("figcaption", {}, this.pictures.length > 1 && make("kbd", {}, String(index + 1)), name(this.pictures[index].path)))));
    this.images.forEach((image) => image.addEventListener("error", () => image.replaceWith(make("p", { class: "none" }, "No picture can be made of this file"))));
    this.words = make("p", { class: "words", role: "status" });
    this.dialog = make("dialog", { class: "compare", "aria-labelledby": "compare-title" }, this.head(), this.panes, this.foot());
    this.listen();
    open(this.dialog);
    this.panes.focus({ preventScroll: true });
    if (second) this.ask();
  }

  head() {
    const pair = Boolean(this.second);
    this.buttons = pair ? {
      flicker: button("Flicker", "F", () => this.show("flicker"), { "aria-pressed": "false" }),
      difference: button("Difference", "D", () => this.show("difference"), { "aria-pressed": "false" }),
      align: button("Align", "A", () => this.align(!this.aligned), { "aria-pressed": "false", hidden: true }),
    } : {};
    return make("div", { class: "head" }, make("h2", { id: "compare-title" }, pair ? "Compare" : "In full size"), this.words,
      Object.values(this.buttons),
      button("Whole", "0", () => this.whole(), { class: "quiet" }),
      button("Close", "Esc", () => this.dialog.close()));
  }

  foot() {
    if (!this.second) return make("div", { class: "foot" }, facts(this.first, new Set()));
    const table = make("table", {}, make("caption", { class: "hidden" }, "Facts of both pictures"));
    this.table = make("tbody");
    table.append(make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Fact"), ["1", "2"].map((text) => make("th", { scope: "col" }, `Picture ${text}`)))), this.table);
    this.lines = make("div", { class: "foot", tabindex: "0", role: "region", "aria-label": "Facts of both pictures" },
      this.pictures.map((one, index) => make("div", { class: "beside" }, make("kbd", {}, String(index + 1)), facts(one, differencesOf(this.pictures, one)))), table);
    table.hidden = true;
    return this.lines;
  }

  // What the server found: words, whether one can be laid on the other, and more facts.
  async ask() {
    const same = this.first.digest === this.second.digest;
    this.words.textContent = same ? "The same bytes: no pixel differs" : "";
    try {
      const found = await get("api/difference", { first: String(this.first.row), second: String(this.second.row) });
      if (found.words) this.words.textContent = found.words;
      this.tell(found.facts ?? []);
      if (found.aligned) this.lay();
    } catch {
      // without it, the pictures are laid on one another as they are
    }
  }

  tell(rows) {
    if (rows.length === 0) return;
    this.table.replaceChildren(...rows.map(([what, one, other]) => make("tr", { class: one === other ? null : "differs" },
      make("th", { scope: "row" }, what), make("td", {}, make("bdi", {}, one ?? "–")), make("td", {}, make("bdi", {}, other ?? "–")))));
    this.table.closest("table").hidden = false;
    for (const beside of this.lines.querySelectorAll(".beside")) beside.remove();
  }

  // The second picture as it lies on the first one, and what differs between them.
  lay() {
    const pair = `${this.first.row}/${this.second.row}?v=${this.first.digest}-${this.second.digest}`;
    const laid = make("img", { src: `a/${pair}`, alt: `${this.second.path}, laid on ${this.first.path}`, draggable: "false", class: "laid" });
    const difference = make("img", { src: `d/${pair}`, alt: `What differs between ${this.first.path} and ${this.second.path}`, draggable: "false", class: "differing" });
    laid.decode().then(() => {
      this.panes.lastChild.append(laid);
      this.panes.classList.add("can-align");
      this.buttons.align.hidden = false;
      if (this.mode) this.align(true); // it was asked for before the picture had arrived
      this.place();
    }, () => {});
    difference.decode().then(() => {
      this.panes.lastChild.append(difference);
      this.panes.classList.add("has-difference");
      this.place();
    }, () => {});
  }

  align(yes) {
    if (this.buttons.align?.hidden ?? true) return;
    this.aligned = yes;
    this.panes.classList.toggle("aligned", yes);
    this.buttons.align.setAttribute("aria-pressed", String(yes));
  }

  show(mode) {
    if (!this.second) return;
    this.mode = this.mode === mode ? "" : mode;
    clearInterval(this.timer);
    this.panes.classList.remove("over", "difference", "flicker", "turn");
    if (this.mode) {
      this.panes.classList.add("over", this.mode);
      this.align(true);
    }
    if (this.mode === "flicker") this.timer = setInterval(() => this.panes.classList.toggle("turn"), FLICKER_MS);
    for (const key of ["flicker", "difference"]) this.buttons[key].setAttribute("aria-pressed", String(key === this.mode));
    this.whole();
  }

  whole() {
    Object.assign(this, { scale: 1, x: 0, y: 0 });
    this.place();
  }

  place() {
    for (const image of this.panes.querySelectorAll("img")) {
      image.style.transform = `translate(${this.x}px, ${this.y}px) scale(${this.scale})`;
      image.style.imageRendering = this.scale > 6 ? "pixelated" : "auto";
    }
  }

  zoom(factor, x, y) {
    const next = Math.min(MOST_ZOOM, Math.max(1, this.scale * factor));
    this.x = next === 1 ? 0 : x - (x - this.x) * (next / this.scale);
    this.y = next === 1 ? 0 : y - (y - this.y) * (next / this.scale);
    this.scale = next;
    this.place();
  }

  move(x, y) {
    const pane = this.panes.firstChild;
    const within = (at, length) => Math.min(length * 0.5, Math.max(at, length * 0.5 - length * this.scale));
    this.x = within(this.x + x, pane.clientWidth);
    this.y = within(this.y + y, pane.clientHeight);
    this.place();
  }

  listen() {
    const { panes, dialog } = this;
    panes.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = (event.target.closest(".pane") ?? panes.firstChild).getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    this.drag(panes);
    dialog.addEventListener("keydown", (event) => this.key(event));
    dialog.addEventListener("close", () => clearInterval(this.timer));
  }

  // One finger or the mouse moves, two fingers zoom.
  drag(panes) {
    const at = new Map();
    panes.addEventListener("pointerdown", (event) => {
      if (event.target.closest("button, a")) return;
      panes.setPointerCapture(event.pointerId);
      at.set(event.pointerId, event);
    });
    panes.addEventListener("pointermove", (event) => {
      const before = at.get(event.pointerId);
      if (!before) return;
      const [other] = [...at.values()].filter((one) => one.pointerId !== event.pointerId);
      if (other) {
        const far = (one) => Math.hypot(one.clientX - other.clientX, one.clientY - other.clientY);
        const box = panes.firstChild.getBoundingClientRect();
        this.zoom(far(event) / Math.max(1, far(before)), (event.clientX + other.clientX) / 2 - box.left, (event.clientY + other.clientY) / 2 - box.top);
      } else this.move(event.clientX - before.clientX, event.clientY - before.clientY);
      at.set(event.pointerId, event);
    });
    for (const kind of ["pointerup", "pointercancel"]) panes.addEventListener(kind, (event) => at.delete(event.pointerId));
    panes.addEventListener("dblclick", (event) => {
      const box = (event.target.closest(".pane") ?? panes.firstChild).getBoundingClientRect();
      if (this.scale > 1) this.whole();
      else this.zoom(4, event.clientX - box.left, event.clientY - box.top);
    });
  }

  key(event) {
    event.stopPropagation();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyOf(event);
    const step = { ArrowLeft: [STEP_PX, 0], ArrowRight: [-STEP_PX, 0], ArrowUp: [0, STEP_PX], ArrowDown: [0, -STEP_PX] }[key];
    const pane = this.panes.firstChild;
    const zoom = { "+": 1.5, "=": 1.5, "-": 1 / 1.5 }[key];
    if (step && !event.target.closest(".foot")) this.move(...step);
    else if (zoom) this.zoom(zoom, pane.clientWidth / 2, pane.clientHeight / 2);
    else if (key === "0") this.whole();
    else if (key === "f") this.show("flicker");
    else if (key === "d") this.show("difference");
    else if (key === "a") this.align(!this.aligned);
    else if (key === "c") this.dialog.close();
    else return;
    event.preventDefault();
  }
}
