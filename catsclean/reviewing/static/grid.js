// Up to a million pictures: cells are made once and used again, rows of facts come by the page,
// pictures as they come into view.

import { make } from "./dom.js";
import { addressOf } from "./wire.js";
import { number } from "./words.js";
import { sides } from "./pictures.js";

const [CELL_PX, PAGE, MOST_PAGES] = [176, 400, 30];
// no browser scrolls much higher than 16 million pixels: above this, the scroll bar is scaled
const MOST_PX = 8_000_000;
// what the audit made of a picture
export const STATES = { review: "status review", drop: "status drop: left out of splits" };
// what a person decided, as a mark on the picture
export const DECIDED = {
  keep: { mark: "✓", words: "decided: keep" }, quarantine: { mark: "×", words: "decided: set aside" }, relabel: { mark: "→", words: "decided: another label" }, fix: { mark: "+", words: "decided: fix repairs it" },
};
const LOOK_MS = 120;
const EDGE_PX = 10;
const DRAG_PX = 6;

export class Grid {
  // `load(from, n)` fetches facts, `images` pictures; `open(at)` shows a picture; `told(total)` hears their number
  constructor({ load, selection, open, told, store, images }) {
    Object.assign(this, { load, selection, open, told, store, images, pages: new Map(), cells: [], total: 0, active: 0, generation: 0, anchor: 0 });
    this.space = make("div", { class: "space", role: "presentation" });
    this.element = make("div", { class: "grid", tabindex: "0", role: "listbox", "aria-multiselectable": "true", "aria-label": "Pictures" }, this.space);
    this.element.addEventListener("scroll", () => this.later(), { passive: true });
    this.sizes = new ResizeObserver(() => this.layout());
    this.sizes.observe(this.element);
    this.listen();
  }

  close() {
    clearTimeout(this.looking);
    this.sizes.disconnect();
  }

  // Shows the pictures from the first one on, after a filter has changed.
  async reset() {
    this.generation += 1;
    this.pages.clear();
    this.active = this.anchor = 0;
    const first = await this.page(0);
    if (!first) return;
    this.element.scrollTop = 0;
    this.layout();
  }

  // The facts of a page; null if another filter came in between.
  page(index) {
    if (!this.pages.has(index)) {
      const { generation } = this;
      const loading = this.load(index * PAGE, PAGE).then((found) => {
        if (generation !== this.generation) return null;
        if (found.total !== this.total || index === 0) {
          this.total = found.total;
          this.told(found.total);
        }
        entry.pictures = found.pictures;
        this.later();
        return found.pictures;
      });
      const entry = { loading, pictures: null };
      loading.catch(() => { if (this.pages.get(index) === entry) this.pages.delete(index); });
      this.pages.set(index, entry);
      if (this.pages.size > MOST_PAGES) this.pages.delete(this.pages.keys().next().value);
    }
    return this.pages.get(index).loading;
  }

  known(at) {
    return this.pages.get(Math.floor(at / PAGE))?.pictures?.[at % PAGE] ?? null;
  }

  async fetch(at) {
    return (await this.page(Math.floor(at / PAGE)))?.[at % PAGE] ?? null;
  }

  layout() {
    const width = this.element.clientWidth - 2 * EDGE_PX, height = this.element.clientHeight;
    if (width <= 0) return;
    this.columns = Math.max(2, Math.floor(width / CELL_PX));
    this.side = width / this.columns;
    const real = Math.ceil(this.total / this.columns) * CELL_PX + EDGE_PX;
    // the last line must be reached
    this.scale = real > MOST_PX ? (real - height) / (MOST_PX - height) : 1;
    this.space.style.height = `${Math.min(real, MOST_PX)}px`;
    const need = (Math.ceil(height / CELL_PX) + 3) * this.columns;
    while (this.cells.length < need) this.cells.push(this.cell(this.cells.length));
    while (this.cells.length > need) this.cells.pop().box.remove();
    for (const cell of this.cells) {
      cell.box.style.width = `${this.side}px`;
      cell.box.style.height = `${CELL_PX}px`;
      cell.at = -1;
    }
    this.draw();
  }

  cell(index) {
    const image = make("img", { alt: "", decoding: "async", draggable: "false" });
    image.addEventListener("load", () => box.classList.remove("failed"));
    const caption = make("bdi");
    const box = make("div", { class: "cell", role: "option", id: `cell-${index}`, "aria-selected": "false" },
      make("div", { class: "shown" }, image, make("span", { class: "none" }, "no picture"), make("span", { class: "pick", "aria-hidden": "true" }, "✓"), make("span", { class: "decided", "aria-hidden": "true" })), make("div", { class: "path" }, caption));
    this.space.append(box);
    const cell = { box, image, caption, at: -1, picture: null };
    this.images.askAgain(image, () => cell.picture ?? {}, () => box.classList.add("failed"));
    return cell;
  }

  later() {
    this.frame ??= requestAnimationFrame(() => { this.frame = null; this.draw(); });
  }

  get top() {
    return this.element.scrollTop * (this.scale ?? 1);
  }

  draw() {
    if (!this.columns) return;
    const { scrollTop } = this.element;
    const first = Math.max(0, Math.floor(this.top / CELL_PX) - 1) * this.columns;
    // where the scroll bar is scaled, the lines move along with it
    const offset = scrollTop - this.top;
    for (let index = 0; index < this.cells.length; index += 1) {
      const at = first + index, cell = this.cells[at % this.cells.length];
      if (at >= this.total) {
        this.empty(cell, true);
        continue;
      }
      if (!this.pages.has(Math.floor(at / PAGE))) this.page(Math.floor(at / PAGE)).catch(() => {});
      cell.box.style.transform = `translate(${EDGE_PX + (at % this.columns) * this.side}px, ${Math.floor(at / this.columns) * CELL_PX + offset}px)`;
      this.dress(cell, at, this.known(at));
    }
    this.mark();
    this.lookUp();
  }

  empty(cell, hidden) {
    cell.box.hidden = hidden;
    cell.at = -1;
    cell.picture = null;
    this.images.clear(cell.image);
    cell.box.classList.remove("failed");
    cell.caption.textContent = "";
  }

  dress(cell, at, one) {
    if (cell.at === at && cell.picture === one && one) return;
    if (!one) this.empty(cell, false);
    Object.assign(cell, { at, picture: one });
    cell.box.hidden = false;
    cell.box.setAttribute("aria-posinset", String(at + 1));
    cell.box.setAttribute("aria-setsize", String(this.total));
    if (!one) return cell.box.setAttribute("aria-label", `Picture ${number(at + 1)}`);
    this.images.show(cell.image, addressOf(one, sides.THUMB));
    cell.caption.textContent = one.path;
    this.name(cell, one);
    cell.box.dataset.status = one.status;
  }

  // Shows what is selected, and which picture the keys are at.
  mark() {
    this.element.classList.toggle("selecting", this.selection.size > 0);
    for (const cell of this.cells) {
      const selected = Boolean(cell.picture && this.selection.has(cell.picture.row));
      cell.box.setAttribute("aria-selected", String(selected));
      cell.box.classList.toggle("active", cell.at === this.active);
      const state = cell.picture ? this.store.stateOf(cell.picture.row) : "";
      if ((cell.box.dataset.question ?? "") !== state) this.tell(cell, state);
      if (cell.at === this.active) this.element.setAttribute("aria-activedescendant", cell.box.id);
    }
    if (this.total === 0) this.element.removeAttribute("aria-activedescendant");
  }

  // Shows what was decided about a picture.
  tell(cell, state) {
    cell.box.dataset.question = state;
    cell.box.querySelector(".decided").textContent = DECIDED[state]?.mark ?? "";
    if (cell.picture) this.name(cell, cell.picture);
  }

  name(cell, one) {
    const state = DECIDED[cell.box.dataset.question]?.words ?? STATES[one.status];
    cell.box.title = state ? `${one.path}\n${state}` : one.path;
    cell.box.setAttribute("aria-label", [one.path, one.label, state].filter(Boolean).join(", "));
  }

  // Asks what was decided about the pictures in view, once they stay in view.
  lookUp() {
    clearTimeout(this.looking);
    this.looking = setTimeout(() => {
      const rows = this.cells.map((cell) => cell.picture?.row).filter((row) => row !== undefined && !this.store.aboutRow.has(row));
      if (rows.length > 0) this.store.about(rows).then(() => this.mark(), () => {});
    }, LOOK_MS);
  }

  // Goes to a picture, and scrolls to it.
  activate(at, focus = false) {
    this.active = Math.max(0, Math.min(at, this.total - 1));
    const top = Math.floor(this.active / this.columns) * CELL_PX, height = this.element.clientHeight;
    const now = this.top;
    if (top < now) this.element.scrollTop = top / this.scale;
    else if (top + CELL_PX + EDGE_PX > now + height) this.element.scrollTop = (top + CELL_PX + EDGE_PX - height) / this.scale;
    this.draw();
    if (focus) this.element.focus({ preventScroll: true });
  }

  async selectTo(at, add) {
    const [from, to] = [Math.min(this.anchor, at), Math.max(this.anchor, at)];
    if (!add) this.selection.clear();
    for (let page = Math.floor(from / PAGE); page <= Math.floor(to / PAGE); page += 1) {
      const pictures = await this.page(page).catch(() => null);
      for (let position = Math.max(from, page * PAGE); position <= Math.min(to, page * PAGE + PAGE - 1); position += 1) {
        const one = pictures?.[position % PAGE];
        if (one && !this.selection.add(one)) return;
      }
    }
  }

  toggle(at) {
    const one = this.known(at);
    if (!one) return;
    this.anchor = at;
    this.selection.toggle(one);
  }

  key(event, key) {
    const line = this.columns, screen = Math.max(1, Math.floor(this.element.clientHeight / CELL_PX)) * line;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -line, ArrowDown: line, PageUp: -screen, PageDown: screen, Home: -this.active, End: this.total - 1 - this.active }[key];
    if (step !== undefined) {
      if (!event.shiftKey) this.anchor = Math.max(0, Math.min(this.active + step, this.total - 1));
      this.activate(this.active + step);
      if (event.shiftKey) this.selectTo(this.active, false);
      return true;
    }
    if (this.total === 0 || event.repeat) return false;
    if (key === " ") return this.toggle(this.active), true;
    if (key === "Enter" || key === "m" || key === "c") return this.open(this.active), true;
    return false;
  }

  listen() {
    const atOf = (target) => this.cells.find((cell) => cell.box === target.closest?.(".cell"))?.at ?? -1;
    this.element.addEventListener("click", (event) => {
      const at = atOf(event.target);
      if (at < 0 || this.wasDragged) return;
      this.active = at;
      if (event.shiftKey) this.selectTo(at, true);
      else if (event.ctrlKey || event.metaKey || this.selection.size > 0 || event.target.closest(".pick")) this.toggle(at);
      else this.open(at);
      this.mark();
    });
    this.element.addEventListener("pointerdown", (event) => {
      this.wasDragged = false;
      if (event.pointerType === "mouse" && event.button === 0 && event.offsetX < this.element.clientWidth) this.drag(event);
    });
  }

  // A box that is drawn with the mouse selects what it touches.
  drag(begin) {
    const box = this.element.getBoundingClientRect();
    const place = (event) => [event.clientX - box.left, event.clientY - box.top + this.top];
    const [x, y] = place(begin);
    const band = make("div", { class: "band" });
    const before = this.selection.copy();
    const move = (event) => {
      const [toX, toY] = place(event);
      if (!this.wasDragged && Math.hypot(toX - x, toY - y) < DRAG_PX) return;
      if (!this.wasDragged) this.space.append(band);
      this.wasDragged = true;
      const [left, top, right, bottom] = [Math.min(x, toX), Math.min(y, toY), Math.max(x, toX), Math.max(y, toY)];
      const offset = this.element.scrollTop - this.top;
      band.style.transform = `translate(${left}px, ${top + offset}px)`;
      band.style.width = `${right - left}px`;
      band.style.height = `${bottom - top}px`;
      const column = (at) => Math.max(0, Math.min(this.columns - 1, Math.floor((at - EDGE_PX) / this.side)));
      const touched = [];
      for (let line = Math.max(0, Math.floor(top / CELL_PX)); line <= Math.floor(bottom / CELL_PX); line += 1) {
        for (let at = column(left); at <= column(right); at += 1) touched.push(this.known(line * this.columns + at));
      }
      this.selection.replace(begin.ctrlKey || begin.metaKey || begin.shiftKey ? before : [], touched.filter(Boolean));
    };
    const end = () => {
      band.remove();
      document.removeEventListener("pointermove", move);
      document.removeEventListener("pointerup", end);
    };
    document.addEventListener("pointermove", move);
    document.addEventListener("pointerup", end);
  }
}
