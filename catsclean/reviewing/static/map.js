// Where the pictures lie by what they show; a line drawn around some of them selects these.

import { button, draw, make } from "./dom.js";
import { openLarge } from "./large.js";
import { sides } from "./pictures.js";
import { number } from "./words.js";

const MOST_SHOWN = 60;
const MOST_SELECTED = 500;
const RADIUS = 3.2;

export class PictureMap {
  constructor(data, store, selection, context) {
    Object.assign(this, { data, store, selection, context, hidden: new Set(), line: [] });
    this.canvas = make("canvas", { class: "plot", role: "img", "aria-label": `Map of ${number(data.points.length)} pictures. Draw around some of them to select these. With the keyboard, filter and select in the grid.` });
    this.lasso = draw("svg", { class: "lasso", viewBox: `0 0 ${data.width} ${data.height}`, "aria-hidden": "true" });
    this.shown = make("div", { class: "lassoed" });
    const fit = make("div", { class: "plot-fit" }, this.canvas, this.lasso);
    fit.style.setProperty("--ratio", String(data.width / data.height));
    this.element = make("div", { class: "map" },
      make("div", { class: "plot-side" }, make("div", { class: "legend", role: "group", "aria-label": "Labels on the map" }, data.labels.map((one, index) => this.entry(one, index))), make("div", { class: "plot-box" }, fit)),
      make("div", { class: "lassoed-side", tabindex: "0", role: "region", "aria-label": "Pictures within the line" }, this.shown));
    this.shown.append(make("p", { class: "muted" }, "Each point is a picture; alike ones lie together. Draw around some of them."));
    this.sizes = new ResizeObserver(() => this.draw());
    this.sizes.observe(this.canvas);
    this.listen();
  }

  close() {
    this.sizes.disconnect();
    this.element.remove();
  }

  entry([label, total], index) {
    const entry = button(make("bdi", {}, label || "no label"), null, () => {
      const gone = !this.hidden.delete(index);
      if (gone) this.hidden.add(index);
      entry.setAttribute("aria-pressed", String(!gone));
      this.draw();
    }, { class: `kind kind-${index % 8}`, "aria-pressed": "true" });
    entry.append(make("span", { class: "muted" }, number(total)));
    return entry;
  }

  draw() {
    const { canvas, data } = this, ratio = devicePixelRatio;
    if (!canvas.clientWidth) return;
    canvas.width = canvas.clientWidth * ratio;
    canvas.height = canvas.clientHeight * ratio;
    const pen = canvas.getContext("2d"), scale = canvas.width / data.width;
    const colours = [...this.element.querySelectorAll(".kind")].map((one) => getComputedStyle(one, "::before").backgroundColor);
    for (const [, x, y, kind] of data.points) {
      if (this.hidden.has(kind)) continue;
      pen.fillStyle = colours[kind] ?? "gray";
      pen.globalAlpha = 0.75;
      pen.beginPath();
      pen.arc(x * scale, y * scale, RADIUS * ratio, 0, 2 * Math.PI);
      pen.fill();
    }
  }

  listen() {
    const { lasso, data } = this;
    const place = (event) => {
      const box = lasso.getBoundingClientRect();
      return [((event.clientX - box.left) / box.width) * data.width, ((event.clientY - box.top) / box.height) * data.height];
    };
    lasso.addEventListener("pointerdown", (event) => {
      this.line = [place(event)];
      lasso.setPointerCapture(event.pointerId);
    });
    lasso.addEventListener("pointermove", (event) => {
      if (this.line.length === 0 || !lasso.hasPointerCapture(event.pointerId)) return;
      this.line.push(place(event));
      lasso.replaceChildren(draw("polygon", { points: this.line.map((point) => point.map((value) => value.toFixed(1)).join(",")).join(" ") }));
    });
    lasso.addEventListener("pointerup", () => this.select());
  }

  async select() {
    const line = this.line;
    this.line = [];
    const points = this.data.points.filter(([, , , kind]) => !this.hidden.has(kind));
    const inside = line.length > 3 ? points.filter(([, x, y]) => within(line, x, y)) : nearest(points, line[0] ?? [0, 0]);
    const rows = inside.slice(0, MOST_SELECTED).map(([row]) => row);
    if (line.length <= 3) this.lasso.replaceChildren();
    const { pictures } = await this.store.about(rows);
    this.selection.replace(pictures);
    this.shown.replaceChildren(...[
      inside.length > pictures.length && make("p", { class: "muted" }, `${number(inside.length)} lie within the line; the first ${number(pictures.length)} are selected.`),
      make("div", { class: "alike" }, pictures.slice(0, MOST_SHOWN).map((one, at) => make("button", { type: "button", class: "neighbour", title: one.path, "aria-label": `${one.path}, ${one.label ?? "no label"}`,
        onclick: () => openLarge({ store: this.store, context: this.context, at, total: pictures.length, fetch: async (position) => pictures[position] }) }, this.context.room.pictures.framed(one, sides.THUMB)))),
      pictures.length > MOST_SHOWN && make("p", { class: "muted" }, `and ${number(pictures.length - MOST_SHOWN)} more`)].filter(Boolean));
    if (pictures.length === 0) this.context.room.speak("No picture lies within the line.");
  }
}

function nearest(points, [x, y]) {
  let best = null, least = 12 ** 2;
  for (const point of points) {
    const far = (point[1] - x) ** 2 + (point[2] - y) ** 2;
    if (far < least) [best, least] = [point, far];
  }
  return best ? [best] : [];
}

// Whether a point lies within a line that closes itself.
function within(line, x, y) {
  let inside = false;
  for (let at = 0, before = line.length - 1; at < line.length; before = at, at += 1) {
    const [[x1, y1], [x2, y2]] = [line[at], line[before]];
    if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) inside = !inside;
  }
  return inside;
}
