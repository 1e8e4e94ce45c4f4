// One picture, large: its facts, what was found about it, what can be decided, and what is like it.

import * as answers from "./answers.js";
import { compare } from "./compare.js";
import { button, isControlZ, isTyping, keyOf, make, name } from "./dom.js";
import { facts } from "./facts.js";
import { DECIDED } from "./grid.js";
import { sides } from "./pictures.js";
import { askLabel } from "./relabel.js";
import { get } from "./wire.js";
import { answered, asks, number, sentence, title, why } from "./words.js";

const DWELL_MS = 150;

// `fetch(at)` returns the picture at a position of the list. Resolves to the last position shown.
export function openLarge(options) {
  return new Promise((resolve) => { new Large(options, resolve).show(options.at); });
}

class Large {
  constructor(options, resolve) {
    Object.assign(this, options, { room: options.context.room, stop: () => {}, turn: 0, trail: [] });
    this.holder = make("div", { class: "large-picture" });
    this.side = make("div", { class: "large-side", tabindex: "0", role: "region", "aria-label": "About the picture" });
    this.heading = make("h2", { id: "large-title" });
    this.dialog = make("dialog", { class: "large", "aria-labelledby": "large-title", tabindex: "-1" },
      make("div", { class: "head" }, this.heading, make("span", { class: "muted position", role: "status" }),
        button("Previous", "←", () => this.show(this.at - 1)), button("Next", "→", () => this.show(this.at + 1)), button("Close", "Esc", () => this.dialog.close())),
      make("div", { class: "large-body" }, this.holder, this.side));
    this.dialog.addEventListener("keydown", (event) => this.key(event));
    this.dialog.addEventListener("close", () => { this.stop(); resolve(this.at); });
    this.room.open(this.dialog);
    this.dialog.focus();
  }

  async show(at) {
    if (at < 0 || at >= this.total) return;
    this.at = at;
    this.trail = [];
    const one = await this.fetch(at);
    if (one && this.at === at) this.look(one);
    for (const near of [at + 1, at - 1]) {
      const other = near >= 0 && near < this.total ? await this.fetch(near) : null;
      if (other) this.room.pictures.warmUp(other, sides.MEDIUM);
    }
  }

  async look(one) {
    const turn = this.turn += 1;
    this.one = one;
    this.question = null;
    this.isAsked = false;
    this.stop();
    this.heading.replaceChildren(name(one.path));
    this.dialog.querySelector(".position").textContent = this.trail.length > 0 ? "like the one before" : `${number(this.at + 1)} of ${number(this.total)}`;
    const frame = this.room.pictures.framed(one, sides.MEDIUM);
    this.holder.replaceChildren(frame);
    this.stop = this.room.pictures.sharpen([[frame, one]]);
    this.drawSide();
    this.alike = null;
    const { questions } = await this.store.about([one.row]).catch(() => ({ questions: [] }));
    if (turn !== this.turn) return;
    this.question = questions[0] ?? null;
    this.isAsked = true;
    this.drawSide();
    const alike = await this.like(one, turn);
    if (alike && turn === this.turn) this.drawSide(alike);
  }

  // What is like it, if somebody stays with it; null if content was not examined.
  async like(one, turn) {
    const { can } = this.context;
    await new Promise((resolve) => { setTimeout(resolve, DWELL_MS); });
    if (can.content === false || turn !== this.turn) return null;
    try {
      const { pictures } = await get(this.room.wire, "api/alike", { row: String(one.row) });
      can.content = true;
      return pictures;
    } catch {
      if (one.width_px) can.content ??= false;
      return null;
    }
  }

  drawSide(alike = null) {
    const { one, question } = this;
    const inside = this.room.holdsFocus(this.side);
    const found = (one.reason ?? "").split(",").filter(Boolean).map((validator) => title({ name: validator }));
    this.side.replaceChildren(
      facts(one, new Set()),
      found.length > 0 ? make("p", { class: "found" }, "Found: ", found.join(", ")) : make("p", { class: "muted" }, "Nothing was found about it."),
      ...(question ? this.deciding(question) : this.isAsked ? [make("p", { class: "muted" }, "Nothing can be decided about it: it is set aside already, could not be read, or is beyond a limit.")] : []),
      ...(this.trail.length > 0 ? [button("Back to the one before", null, () => this.look(this.trail.pop()))] : []),
      ...(alike ? [make("h3", {}, "More like this"), make("div", { class: "alike" }, alike.map((other) => this.neighbour(other)))] : []));
    if (inside) this.side.focus();
    this.alike = alike ?? this.alike;
  }

  deciding(question) {
    if (answers.isGroup(question)) return this.decidedElsewhere(question);
    const give = (answer) => () => this.give(answer);
    return [
      question.pictures[0].message && make("p", { class: "why" }, make("bdi", {}, sentence(question.pictures[0].message))),
      make("div", { class: "actions", role: "group", "aria-label": "Decide" },
        button("Keep", "A", give(answers.keepAll(question))), button("Set aside", "X", give(answers.setAside(question))),
        question.fixes && button("Keep and fix", "F", give(answers.fix(question)), { title: "It stays, and catsclean fix repairs it" }),
        answers.canRelabel(question) && button("Relabel", "R", () => this.relabel())),
      ...(question.pictures[0].notes ?? []).map((note) => make("p", { class: "message" }, make("bdi", {}, note))),
      question.answer ? make("p", { class: "answer", role: "status" }, "Answered: ", make("bdi", {}, answered(question, question.answer)))
        : question.recorded && make("p", { class: "answer" }, sentence(DECIDED[question.recorded].words)),
    ].filter(Boolean);
  }

  // Which copy stays is asked where all of them are seen.
  decidedElsewhere(question) {
    return [
      make("p", { class: "why" }, make("bdi", {}, why(question))),
      make("div", { class: "actions" }, button(asks(question), "↵", () => this.leave(question), { class: "main" })),
      question.answer && make("p", { class: "answer", role: "status" }, "Answered: ", make("bdi", {}, answered(question, question.answer))),
    ].filter(Boolean);
  }

  leave(question) {
    this.dialog.close();
    this.context.find(question);
  }

  neighbour(other) {
    return make("button", { type: "button", class: "neighbour", "aria-label": `${other.path}, ${other.label ?? "no label"}`, title: other.path,
      onclick: () => { this.trail.push(this.one); this.look(other); } }, this.room.pictures.framed(other, sides.THUMB), other.label !== this.one.label && make("span", { class: "mark" }, make("bdi", {}, other.label ?? "no label")));
  }

  give(answer) {
    if (!this.question || answers.isGroup(this.question)) return;
    this.store.answer([[this.question, answer]]);
    this.drawSide(this.alike);
  }

  relabel() {
    const { question, one } = this;
    askLabel(this.room, { labels: this.store.summary.labels, now: one.label, path: one.path }).then((label) => {
      if (label !== null && this.question === question) this.give(answers.isLabel(question, label));
    });
  }

  undo(event) {
    event.preventDefault();
    // an answer that was given under Decide is shown there again
    if (this.store.past.at(-1)?.place) this.dialog.close();
    this.context.undo().then(() => this.drawSide(this.alike));
  }

  key(event) {
    event.stopPropagation();
    if (isTyping(event.target)) return;
    if (isControlZ(event)) return this.undo(event);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const key = keyOf(event), { question } = this;
    if (key === "ArrowLeft") this.show(this.at - 1);
    else if (key === "ArrowRight") this.show(this.at + 1);
    else if (event.repeat) return;
    else if (key === "u") return this.undo(event);
    else if (key === "c") compare(this.room, this.one, this.trail.at(-1) ?? null);
    else if (key === "m") this.side.querySelector(".neighbour")?.focus();
    else if (question && answers.isGroup(question)) {
      if (key !== "Enter" || event.target.closest("button")) return;
      this.leave(question);
    } else if (question && key === "a") this.give(answers.keepAll(question));
    else if (question && key === "x") this.give(answers.setAside(question));
    else if (question && key === "f" && question.fixes) this.give(answers.fix(question));
    else if (question && key === "r" && answers.canRelabel(question)) this.relabel();
    else return;
    event.preventDefault();
  }
}
