// All pictures: filtered, sorted, and shown as a grid or on the map.

import { button, isTyping, keyOf, make } from "./dom.js";
import { DECIDED, Grid } from "./grid.js";
import { Histogram } from "./histogram.js";
import { openLarge } from "./large.js";
import { PictureMap } from "./map.js";
import { Selection } from "./selection.js";
import { get } from "./wire.js";
import { count, ended, number, sentence, title } from "./words.js";

const TYPING_MS = 200;
const SORTS = [
  ["", "by name"], ["width_px", "by width", ["narrowest", "widest"]], ["height_px", "by height", ["lowest", "highest"]],
  ["size_bytes", "by size of the file", ["smallest", "largest"]], ["brightness", "by brightness", ["darkest", "brightest"]],
  ["contrast", "by contrast", ["least contrast", "most contrast"]], ["sharpness", "by sharpness", ["blurriest", "sharpest"]],
  ["colourfulness", "by colour", ["greyest", "most colourful"]], ["entropy_bits", "by detail (entropy)", ["least detail", "most detail"]],
];
const WANTED = ["label", "split", "validator", "format", "decided", "text", "sort", "descending", "least", "most"];
const ACTIONS = [["any", "any decision"], ["keep", "keep"], ["quarantine", "set aside"], ["relabel", "another label"], ["fix", "fix"]];

function tool(text, box, name) {
  box.id = `want-${name}`;
  return make("div", { class: "tool" }, make("label", { for: box.id }, text), box);
}

export class Browse {
  constructor(store, main, context) {
    const wanted = Object.fromEntries([...new URLSearchParams(context.room.address.split("?")[1] ?? "")].filter(([name]) => WANTED.includes(name)));
    Object.assign(this, { store, main, context, room: context.room, wanted, hadTotal: null });
  }

  async open() {
    this.main.replaceChildren();
    const choices = await get(this.room.wire, "api/choices");
    if (this.isClosed) return;
    this.selection = new Selection(this.store, this.room, () => this.grid.mark(), this.context.find);
    this.grid = new Grid({
      load: (from, n) => get(this.room.wire, "api/pictures", { ...this.wanted, from: String(from), n: String(n) }),
      selection: this.selection,
      store: this.store,
      images: this.room.pictures,
      open: (at) => this.large(at),
      told: (total) => this.tell(total),
    });
    this.histogram = new Histogram(this.room.wire, (least, most) => { Object.assign(this.wanted, { least, most }); this.again(); });
    this.main.replaceChildren(make("h1", { class: "hidden" }, "All pictures"), this.tools(choices), this.histogram.element, this.marks(), this.grid.element, this.selection.element);
    await this.again();
    this.grid.element.focus({ preventScroll: true });
  }

  tools(choices) {
    const select = (name, text, options) => {
      if (options.length < 2) return null;
      const box = make("select", { onchange: () => this.want(name, box.value) }, make("option", { value: "" }, "all"), options.map(([value, shown]) => make("option", { value }, shown)));
      box.value = this.wanted[name] ?? "";
      return tool(text, box, name);
    };
    const same = (list) => list.map((one) => [one, one]);
    const sort = make("select", { onchange: () => this.sort(sort.value) }, SORTS.map(([value, text]) => make("option", { value }, text)));
    sort.value = this.wanted.sort ?? "";
    this.order = button("", null, () => this.turn(), { class: "order" });
    this.drawOrder();
    let timer;
    const text = make("input", { type: "search", value: this.wanted.text ?? "", placeholder: "any part", autocomplete: "off", spellcheck: "false",
      oninput: () => { clearTimeout(timer); timer = setTimeout(() => this.want("text", text.value), TYPING_MS); } });
    this.count = make("output", { role: "status" });
    this.mapButton = button("Map", null, () => this.toggleMap(), { class: "toggle", "aria-pressed": "false" });
    return make("div", { class: "tools", role: "search", "aria-label": "Which pictures" },
      select("label", "Label", same(choices.labels)), select("split", "Split", same(choices.splits)),
      select("validator", "Found", choices.validators.map((one) => [one, title({ name: one })])), select("format", "Format", same(choices.formats)), select("decided", "Decided", ACTIONS),
      tool("Sort", sort, "sort"), this.order, tool("Name", text, "text"), this.mapButton, this.count);
  }

  want(name, value) {
    this.wanted[name] = value;
    this.again();
  }

  sort(value) {
    Object.assign(this.wanted, { sort: value, least: null, most: null });
    this.drawOrder();
    this.histogram.clear();
    this.again();
  }

  turn() {
    const down = this.wanted.descending !== "1";
    this.wanted.descending = down ? "1" : null;
    this.drawOrder();
    this.again();
  }

  // In which direction it is sorted, in the words of the measure.
  drawOrder() {
    const sort = SORTS.find(([value]) => value && value === this.wanted.sort);
    this.order.hidden = !sort;
    if (sort) this.order.firstChild.textContent = sentence(`${sort[2][this.wanted.descending === "1" ? 1 : 0]} first`);
  }

  marks() {
    const one = (kind, mark, text) => make("span", { class: kind }, make("b", { "aria-hidden": "true" }, mark), ` ${text}`);
    return make("p", { class: "marks" }, one("review", "●", "status review"), one("drop", "●", "status drop: left out of splits"), "decided:",
      Object.entries(DECIDED).map(([kind, { mark, words }]) => one(kind, mark, words.replace("decided: ", ""))));
  }

  // The address says what is shown, so that it can be kept or sent.
  tellAddress() {
    const query = new URLSearchParams(Object.entries(this.wanted).filter(([, value]) => value));
    this.room.replace(query.size ? `#/browse?${query}` : "#/browse");
  }

  async again() {
    // nothing is decided about pictures that nobody sees any more
    this.selection.clear();
    this.tellAddress();
    const bounds = this.histogram.show(this.wanted);
    await Promise.all([this.grid.reset(), bounds]);
  }

  tell(total) {
    const text = count(total, "picture");
    this.count.textContent = text;
    if (this.hadTotal !== null && this.hadTotal !== total) this.room.speak(text);
    this.hadTotal = total;
  }

  large(at) {
    openLarge({ store: this.store, context: this.context, at, total: this.grid.total, fetch: (position) => this.grid.fetch(position) })
      .then((position) => { if (!this.isClosed) this.grid.activate(position, true); });
  }

  async toggleMap() {
    const on = !this.map;
    if (on && !this.mapData) {
      try {
        this.mapData = await get(this.room.wire, "api/map");
      } catch (error) {
        return this.room.notice(ended(error.message)); // content was not examined
      }
    }
    if (this.isClosed) return;
    this.mapButton.setAttribute("aria-pressed", String(on));
    this.grid.element.hidden = on;
    // the map has all pictures, whatever is chosen for the grid
    for (const one of this.main.querySelectorAll(".tools .tool, .tools .order")) one.hidden = on || (one === this.order && !this.wanted.sort);
    this.histogram.element.hidden = on || this.histogram.isEmpty;
    if (!on) {
      this.map.close();
      this.map = null;
      this.count.textContent = count(this.grid.total, "picture");
      this.grid.layout();
      return;
    }
    const { points, total } = this.mapData;
    this.map = new PictureMap(this.mapData, this.store, this.selection, this.context);
    this.grid.element.after(this.map.element);
    this.map.draw();
    this.count.textContent = total > points.length ? `${number(points.length)} of ${number(total)} pictures` : count(total, "picture");
  }

  changed() {
    this.selection?.draw();
    this.grid?.mark();
  }

  close() {
    this.isClosed = true;
    this.grid?.close();
    this.map?.close();
  }

  key(event) {
    if (isTyping(event.target) || !this.grid) return false;
    const key = keyOf(event);
    if (key === "Enter" && event.target.closest?.("button, a, summary")) return false;
    if (!event.repeat && this.selection.key(key)) return true;
    if (this.map || !this.main.contains(event.target)) return false;
    if (event.target.closest("button, .histogram")) return false;
    return this.grid.key(event, key);
  }
}
