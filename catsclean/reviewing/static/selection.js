// The selected pictures, and what can be decided about them.

import * as answers from "./answers.js";
import { button, make } from "./dom.js";
import { askLabel } from "./relabel.js";
import { count, number, summed } from "./words.js";

const MOST = 500;
const ASK_MS = 150;

export class Selection {
  // `find` leads to a question
  constructor(store, room, told, find) {
    Object.assign(this, { store, room, told, find, pictures: new Map(), questions: [] });
    this.element = make("div", { class: "bar chosen", role: "group", "aria-label": "Decide about the selected pictures", hidden: true });
  }

  get size() { return this.pictures.size; }

  has(row) { return this.pictures.has(row); }

  copy() { return [...this.pictures.values()]; }

  // False if no more can be selected.
  add(one) {
    if (this.pictures.size >= MOST && !this.pictures.has(one.row)) {
      if (!this.isFull) this.room.hint(`At most ${number(MOST)} pictures can be selected at once.`);
      this.isFull = true;
      return false;
    }
    this.pictures.set(one.row, one);
    this.changed();
    return true;
  }

  toggle(one) {
    if (!this.pictures.delete(one.row)) this.add(one);
    this.changed();
  }

  replace(...lists) {
    this.pictures = new Map(lists.flat().slice(0, MOST).map((one) => [one.row, one]));
    this.changed();
  }

  clear() {
    this.pictures.clear();
    this.isFull = false;
    this.changed();
  }

  changed() {
    this.isAsking = true;
    this.told();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), ASK_MS);
    this.draw();
  }

  async ask() {
    const rows = [...this.pictures.keys()];
    const found = rows.length > 0 ? await this.store.about(rows).catch(() => ({ questions: [] })) : { questions: [] };
    if (rows.some((row) => !this.pictures.has(row))) return;
    this.isAsking = false;
    // what copies are asked about together is decided there
    this.questions = found.questions.filter((question) => !answers.isGroup(question));
    this.told();
    this.draw();
    if (rows.length > 0) this.room.speak(this.words());
  }

  words() {
    const selected = count(this.size, "picture"), { asked } = this;
    const grouped = this.grouped.length;
    const done = asked.filter((question) => question.answer).length;
    const open = asked.filter((question) => !question.answer && !answers.isByHand(question)).length;
    const others = this.size - asked.length - grouped;
    if (this.isAsking) return `${selected} selected.`;
    if (others === this.size) return `${selected} selected. Nothing can be decided: set aside already, not read, or beyond a limit.`;
    const has = (n, one, many) => n > 0 && `${number(n)} ${n === 1 ? one : many}`;
    const parts = [
      has(open, "has an open question", "have an open question"), has(done, "is decided", "are decided"),
      has(grouped, "is asked about with its copies, under Decide", "are asked about with their copies, under Decide"), has(others, "cannot be decided about", "cannot be decided about"),
    ].filter(Boolean);
    return parts.length > 0 ? `${selected} selected: ${parts.join(", ")}.` : `${selected} selected.`;
  }

  // The questions of copies that selected pictures belong to, one for each picture.
  get grouped() {
    return this.copy().map((one) => this.store.aboutRow.get(one.row)).filter((question) => question && answers.isGroup(question));
  }

  get asked() {
    return this.questions.filter((question) => this.pictures.has(question.pictures[0].row));
  }

  draw() {
    this.element.hidden = this.size === 0;
    if (this.size === 0) return;
    const { asked, grouped } = this, inside = this.room.holdsFocus(this.element);
    const decided = asked.filter((question) => question.answer).map((question) => question.answer.decisions).flat();
    this.element.replaceChildren(...[
      make("p", { class: "said" }, this.words(), decided.length > 0 && make("span", { class: "muted" }, ` Decided: ${summed(decided).toLowerCase()}.`)),
      asked.length > 0 && button("Set aside", "X", () => this.give(answers.setAside)),
      asked.length > 0 && button("Keep", "A", () => this.give(answers.keepAll)),
      asked.some(answers.canRelabel) && button("Relabel", "R", () => this.relabel()),
      asked.length > 0 && asked.every((question) => question.fixes) && button("Keep and fix", "F", () => this.give(answers.fix)),
      grouped.length > 0 && button("Go to their question", null, () => this.find(grouped.find((question) => !question.answer) ?? grouped[0])),
      make("span", { class: "more" }, button("Clear", "Esc", () => this.clear(), { class: "quiet" }))].filter(Boolean));
    if (inside) this.element.querySelector("button")?.focus();
  }

  give(make_) {
    const pairs = this.asked.map((question) => [question, make_(question)]);
    if (pairs.length === 0) return;
    this.store.answer(pairs);
    this.told();
    this.room.speak(`${summed(pairs.flatMap(([, answer]) => answer.decisions))}: done.`);
    this.draw();
  }

  relabel() {
    const asked = this.asked.filter(answers.canRelabel);
    askLabel(this.room, { labels: this.store.summary.labels, now: null, path: count(asked.length, "picture") }).then((label) => {
      if (label === null) return;
      const pairs = asked.map((question) => {
        const [one] = question.pictures;
        return [question, one.label === label ? answers.keepAll(question) : { decisions: [{ row: one.row, action: "relabel", label }], different: false }];
      });
      this.store.answer(pairs);
      this.told();
      this.draw();
    });
  }

  key(key) {
    if (this.size === 0) return false;
    if (key === "Escape") return this.clear(), true;
    if (this.asked.length === 0) return false;
    if (key === "x") return this.give(answers.setAside), true;
    if (key === "a") return this.give(answers.keepAll), true;
    if (key === "f" && this.asked.every((question) => question.fixes)) return this.give(answers.fix), true;
    if (key === "r" && this.asked.some(answers.canRelabel)) return this.relabel(), true;
    return false;
  }
}
