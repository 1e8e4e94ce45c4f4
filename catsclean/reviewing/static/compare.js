// Pictures in full size: zoomed and moved together, in turns, or what differs between them.
// Blending is left to the browser: no script reads a pixel.

import { button, keyOf, make, name } from "./dom.js";
import { differencesOf, facts } from "./facts.js";
import { sides } from "./pictures.js";
import { addressOf, get, pairAddressOf } from "./wire.js";
import { number } from "./words.js";

const FLICKER_MS = 450;
const MOST_ZOOM = 40;
const STEP_PX = 60;

// `others`: the pictures of a group; each can be compared with the first one.
export function compare(room, first, second = null, others = null) {
  return new Comparison(room, first, second, others);
}

class Comparison {
  constructor(room, first, second, others) {
    Object.assign(this, { room, first, others: others ?? [first, second] });
    this.dialog = make("dialog", { class: "compare", "aria-labelledby": "compare-title" });
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => clearInterval(this.timer));
    this.begin(second);
    room.open(this.dialog);
    this.panes.focus({ preventScroll: true });
  }

  begin(second) {
    const { first, room } = this;
    clearInterval(this.timer);
    Object.assign(this, { second, scale: 1, x: 0, y: 0, mode: "", aligned: false });
    this.pictures = [first, second].filter(Boolean);
    this.images = this.pictures.map((one) => make("img", { alt: one.path, draggable: "false" }));
    this.panes = make("div", { class: `panes${second ? "" : " single"}`, tabindex: "0", role: "group", "aria-label": "Pictures: plus and minus zoom, arrows move" },
      this.images.map((image, index) => make("figure", { class: "pane" }, image, make("figcaption", {}, second && make("kbd", {}, this.numberOf(this.pictures[index])), name(this.pictures[index].path)))));
    this.images.forEach((image) => image.addEventListener("error", () => image.replaceWith(make("p", { class: "none" }, "No picture can be made of this file"))));
    this.images.forEach((image, index) => room.pictures.show(image, addressOf(this.pictures[index], sides.LARGE)));
    this.words = make("p", { class: "words", role: "status" });
    this.dialog.replaceChildren(this.head(), this.panes, make("p", { class: "legend-of-difference" }, make("span", { class: "differing-colour" }, "red: differs"), make("span", {}, "grey: the same"), make("span", { class: "beyond-colour" }, "blue-grey: not covered")), this.foot());
    this.listen();
    if (second) this.ask();
  }

  // The number that a picture has in its group.
  numberOf(one) {
    return String(this.others.indexOf(one) + 1);
  }

  // Compares another picture of the group with the first one.
  choose(at) {
    const one = this.others[at];
    if (!this.second || !one || one === this.first || one === this.second) return;
    this.begin(one);
    this.panes.focus({ preventScroll: true });
  }

  head() {
    const pair = Boolean(this.second);
    this.buttons = pair ? {
      flicker: button("Flicker", "F", () => this.show("flicker"), { "aria-pressed": "false" }),
      difference: button("Difference", "D", () => this.show("difference"), { "aria-pressed": "false" }),
      align: button("Align", "A", () => this.align(!this.aligned), { "aria-pressed": "false", hidden: true }),
    } : {};
    return make("div", { class: "head" }, make("h2", { id: "compare-title" }, this.heading()), this.words,
      Object.values(this.buttons),
      button("Whole", "0", () => this.whole(), { class: "quiet" }),
      button("Close", "Esc", () => this.dialog.close()));
  }

  heading() {
    if (!this.second) return "In full size";
    return this.others.length > 2 ? `Compare 1 with ${this.numberOf(this.second)} of ${number(this.others.length)}` : "Compare";
  }

  foot() {
    if (!this.second) return make("div", { class: "foot" }, facts(this.first, new Set()));
    const table = make("table", {}, make("caption", { class: "hidden" }, "Facts of both pictures"));
    this.table = make("tbody");
    table.append(make("thead", {}, make("tr", {}, make("th", { scope: "col" }, "Fact"), this.pictures.map((one) => this.numberOf(one)).map((text) => make("th", { scope: "col" }, `Picture ${text}`)))), this.table);
    this.lines = make("div", { class: "foot", tabindex: "0", role: "region", "aria-label": "Facts of both pictures" },
      this.pictures.map((one) => make("div", { class: "beside" }, make("kbd", {}, this.numberOf(one)), facts(one, differencesOf(this.pictures, one)))), table);
    table.hidden = true;
    return this.lines;
  }

  // What the server found: words, whether one can be laid on the other, and more facts.
  async ask() {
    const { second } = this;
    const same = this.first.digest === this.second.digest;
    this.words.textContent = same ? "The same bytes: no pixel differs" : "";
    try {
      const found = await get(this.room.wire, "api/difference", { first: String(this.first.row), second: String(second.row) });
      if (second !== this.second) return; // another one was chosen meanwhile
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
    const laid = make("img", { alt: `${this.second.path}, laid on ${this.first.path}`, draggable: "false", class: "laid" });
    const difference = make("img", { alt: `What differs between ${this.first.path} and ${this.second.path}`, draggable: "false", class: "differing" });
    const { panes, room: { pictures } } = this;
    pictures.decode(laid, pairAddressOf("a", this.first, this.second)).then(() => {
      if (panes !== this.panes) return;
      this.panes.lastChild.append(laid);
      this.panes.classList.add("can-align");
      this.buttons.align.hidden = false;
      if (this.mode) this.align(true); // it was asked for before the picture had arrived
      this.place();
    }, () => {});
    pictures.decode(difference, pairAddressOf("d", this.first, this.second)).then(() => {
      if (panes !== this.panes) return;
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
    const { panes } = this;
    panes.addEventListener("wheel", (event) => {
      event.preventDefault();
      const box = (event.target.closest(".pane") ?? panes.firstChild).getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 300), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    this.drag(panes);
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
    else if (/^[1-9]$/.test(key)) this.choose(key - 1);
    else if (key === "f") this.show("flicker");
    else if (key === "d") this.show("difference");
    else if (key === "a") this.align(!this.aligned);
    else if (key === "c") this.dialog.close();
    else return;
    event.preventDefault();
  }
}
