// How a measure is spread over the pictures; a part of it can be chosen.

import { draw, make } from "./dom.js";
import { get } from "./wire.js";
import { count, shownMeasure } from "./words.js";

const HEIGHT = 44;

export class Histogram {
  constructor(wire, told) {
    Object.assign(this, { wire, told, edges: [], counts: [], from: 0, to: 0, turn: 0 });
    this.element = make("div", { class: "histogram", role: "group", "aria-label": "Only a part of the measure", hidden: true });
  }

  get isEmpty() { return this.counts.length === 0; }

  clear() {
    this.edges = this.counts = [];
    this.asked = null;
  }

  async show(wanted) {
    const { least, most, descending, ...asked } = wanted;
    const key = JSON.stringify(asked);
    if (!asked.sort) {
      this.clear();
      this.element.hidden = true;
      return;
    }
    if (key === this.asked) return;
    this.asked = key;
    const turn = this.turn += 1;
    const found = await get(this.wire, "api/histogram", asked);
    if (turn !== this.turn) return;
    const isNew = this.edges.join() !== found.edges.join();
    Object.assign(this, found);
    if (isNew) this.choose(least, most);
    this.measure = asked.sort;
    this.element.hidden = this.isEmpty;
    if (!this.isEmpty) this.draw();
  }

  // The part between two values.
  choose(least, most) {
    const at = (value) => this.edges.findIndex((edge) => edge >= Number(value) - 1e-9);
    this.from = least ? Math.max(0, at(least)) : 0;
    this.to = most && at(most) > this.from ? at(most) : this.counts.length;
  }

  draw() {
    const most = Math.max(...this.counts), bins = this.counts.length;
    this.bars = this.counts.map((value, index) => draw("rect", { x: index + 0.06, width: 0.88, y: HEIGHT - Math.max(value > 0 ? 1 : 0, (value / most) * HEIGHT), height: Math.max(value > 0 ? 1 : 0, (value / most) * HEIGHT) }));
    const chart = draw("svg", { viewBox: `0 0 ${bins} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, this.bars);
    const range = (text, value, act) => make("input", { type: "range", min: "0", max: String(bins), step: "1", value: String(value), "aria-label": text, oninput: act, onchange: () => this.tell() });
    this.low = range("At least", this.from, () => { this.from = Math.min(Number(this.low.value), this.to - 1); this.paint(); });
    this.high = range("At most", this.to, () => { this.to = Math.max(Number(this.high.value), this.from + 1); this.paint(); });
    this.words = make("output", {});
    this.element.replaceChildren(make("div", { class: "brush" }, chart, this.low, this.high), this.words);
    this.brush(chart);
    this.paint();
  }

  // Drawing over the bars chooses a part; a click on the whole of it chooses all again.
  brush(chart) {
    const bin = (event) => {
      const box = chart.getBoundingClientRect();
      return Math.max(0, Math.min(this.counts.length, ((event.clientX - box.left) / box.width) * this.counts.length));
    };
    let start = null;
    chart.addEventListener("pointerdown", (event) => {
      start = bin(event);
      chart.setPointerCapture(event.pointerId);
    });
    chart.addEventListener("pointermove", (event) => {
      if (start === null) return;
      const now = bin(event);
      this.from = Math.floor(Math.min(start, now));
      this.to = Math.max(this.from + 1, Math.ceil(Math.max(start, now)));
      this.paint();
    });
    chart.addEventListener("pointerup", (event) => {
      if (start !== null && Math.abs(bin(event) - start) < 0.3) [this.from, this.to] = [0, this.counts.length];
      start = null;
      this.paint();
      this.tell();
    });
  }

  paint() {
    this.bars.forEach((bar, index) => bar.classList.toggle("out", index < this.from || index >= this.to));
    this.low.value = String(this.from);
    this.high.value = String(this.to);
    const inside = this.counts.slice(this.from, this.to).reduce((sum, value) => sum + value, 0);
    const [least, most] = this.bounds();
    const shown = (value) => shownMeasure(this.measure, value);
    this.words.textContent = least === null && most === null ? `${shown(this.edges[0])} (1 %) … ${shown(this.edges.at(-1))} (99 %)`
      : `${least === null ? "up" : shown(least)} to ${most === null ? "the greatest" : shown(most)}: ${count(inside, "picture")}`;
  }

  // The first and the last bar hold what lies beyond them, too.
  bounds() {
    return [this.from === 0 ? null : this.edges[this.from], this.to === this.counts.length ? null : this.edges[this.to]];
  }

  tell() {
    const [least, most] = this.bounds();
    this.told(least === null ? null : String(least), most === null ? null : String(most));
  }
}
