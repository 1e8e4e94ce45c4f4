// One question at a time: the suggestion first, one key decides, the next one is decoded already.

import * as answers from "./answers.js";
import { compare } from "./compare.js";
import { button, keyOf, make } from "./dom.js";
import { askLabel } from "./relabel.js";
import { makeStage, MOST_SHOWN } from "./stage.js";
import { answered, asks, count, number, sentence, summed, title, why } from "./words.js";

const AHEAD = 4;
const LOADED_AHEAD = 12;
const MOST_LABELS = 9;

export class Decide {
  // `context` has the room, go(queue, position, sheet), nextQueue(queue), warmNext(queue), finish()
  constructor(store, queue, main, context) {
    Object.assign(this, { store, queue, main, context, room: context.room, at: -1, most: MOST_SHOWN, chosen: null, stop: () => {} });
  }

  async open(position, said = "") {
    if (position === undefined) {
      const found = await this.store.load(this.queue, 0);
      position = await this.openFrom(found.first) ?? await this.openFrom(0) ?? this.queue.total;
    }
    await this.show(position, said);
  }

  close() {
    this.stop();
    this.isClosed = true;
  }

  // The next question without an answer, from a position on; null if there is none.
  async openFrom(position) {
    for (let at = position; at < this.queue.total; at += 1) {
      if (!this.store.at(this.queue, at)) await this.store.load(this.queue, at);
      if (!this.store.at(this.queue, at)?.answer) return at;
    }
    return null;
  }

  get question() {
    return this.store.at(this.queue, this.at);
  }

  async show(position, said = "") {
    if (this.isClosed) return; // another view was opened while this one waited
    this.at = Math.max(0, Math.min(position, this.queue.total));
    this.chosen = null;
    this.most = MOST_SHOWN;
    if (this.at < this.queue.total && !this.question) {
      await this.store.load(this.queue, this.at);
      if (this.isClosed) return;
    }
    this.draw();
    this.announce(said);
    this.warmUp();
  }

  draw() {
    this.stop();
    const inside = this.room.holdsFocus(this.main);
    const { question } = this;
    if (!question) {
      this.main.replaceChildren(...this.atEnd());
    } else {
      const { element, frames } = makeStage(question, {
        pictures: this.room.pictures,
        chosen: this.chosen, kept: this.kept(question), most: this.most,
        toggle: (row) => this.toggle(row), compare: (index) => this.compare(index),
        showMore: () => { this.most += MOST_SHOWN; this.draw(); },
      });
      this.main.replaceChildren(this.head(question), element, this.bar(question));
      this.stop = this.room.pictures.sharpen(frames);
    }
    this.main.scrollTop = 0;
    if (inside || this.room.isUnfocused) this.main.focus({ preventScroll: true });
  }

  announce(said) {
    const { question } = this;
    const parts = question
      ? [asks(question), `${number(this.at + 1)} of ${number(this.queue.total)} in ${title(this.queue)}.`, why(question), this.suggestion(question), question.answer && `Answered: ${answered(question, question.answer)}.`]
      : [this.main.querySelector("h1")?.textContent];
    this.room.speak([said, ...parts].filter(Boolean).join(" "));
  }

  suggestion(question) {
    const suggested = answers.suggested(question);
    if (this.repairs) return "Suggested: fix repairs it.";
    return suggested ? `Suggested: ${answered(question, suggested)}.` : "Nothing is suggested.";
  }

  head(question) {
    const { answer } = question;
    return make("div", { class: "ask" },
      make("h1", {}, asks(question)),
      make("span", { class: "at" }, `${number(this.at + 1)} of ${number(this.queue.total)}`),
      answer && make("span", { class: "answer" }, "Answered: ", make("bdi", {}, answered(question, answer))),
      make("p", { class: "why" }, make("bdi", {}, why(question)), this.repairs && [" · ", make("code", {}, "catsclean fix"), " can repair it"]));
  }

  bar(question) {
    const quiet = { class: "quiet" };
    return make("div", { class: "bar", role: "group", "aria-label": "Decide" },
      this.choices(question), make("span", { class: "more" },
      button(question.pictures.length > 1 ? "Compare" : "Full size", "C", () => this.compare(this.looked()), quiet),
      this.queue.pages && this.queue.total > 1 && button("24 at once", "S", () => this.context.go(this.queue, this.at, true), quiet),
      this.at > 0 && button("Back", "K", () => this.back(), quiet),
      button("Later", "J", () => this.later(), quiet)));
  }

  choices(question) {
    const give = (answer) => () => this.give(answer);
    const main = (text, answer) => button(text, "↵", give(answer), { class: "main" });
    const suggested = answers.suggested(question);
    if (this.chosen) {
      const answer = answers.keepOnly(question, [...this.chosen]);
      return [main(summed(answer.decisions), answer), button("As it was", "Esc", () => { this.chosen = null; this.draw(); })];
    }
    if (question.kind === "label") {
      return [
        this.labelButtons(question, answers.labelsOf(question, this.labels).slice(0, MOST_LABELS)),
        answers.canRelabel(question) && button("Another label", "R", () => this.relabel()),
        button("Keep all", "A", give(answers.keepAll(question))), button("Set all aside", "X", () => this.setAllAside()), button("Different", "D", give(answers.areDifferent(question)), { title: "These are different pictures, no copies of one another" }),
      ];
    }
    if (question.kind === "copies") {
      return [
        suggested && main("Keep the suggested", suggested),
        button("Keep all", "A", give(answers.keepAll(question))), button("Different", "D", give(answers.areDifferent(question)), { title: "These are different pictures, no copies of one another" }),
      ];
    }
    const keep = answers.keepAll(question), aside = answers.setAside(question);
    const first = suggested?.decisions[0];
    if (first?.action === "relabel") {
      const own = question.pictures[0].label;
      return [
        button(["It is ", make("bdi", {}, first.label)], ["↵", this.numberOf(first.label)].filter(Boolean), give(suggested), { class: "main" }),
        button(["It is ", make("bdi", {}, own)], ["A", this.numberOf(own)].filter(Boolean), give(keep)),
        this.labelButtons(question, [first.label, own], true), button("Set aside", "X", give(aside)), this.labelButton(question),
      ];
    }
    if (this.repairs) return [button("Fix", ["↵", "F"], give(answers.fix(question)), { class: "main", title: "catsclean fix repairs it" }), button("Keep", "A", give(keep)), button("Set aside", "X", give(aside)), this.labelButton(question)];
    if (first?.action === "fix") return [button("Keep and fix", ["↵", "F"], give(suggested), { class: "main", title: "It stays, and catsclean fix repairs it" }), button("Keep as it is", "A", give(keep)), button("Set aside", "X", give(aside)), this.labelButton(question)];
    const others = [question.fixes && button("Keep and fix", "F", give(answers.fix(question)), { title: "It stays, and catsclean fix repairs it" }), this.labelButton(question)];
    if (!first) return [button("Keep", "A", give(keep)), button("Set aside", "X", give(aside)), ...others];
    return first.action === "quarantine"
      ? [main("Set aside", aside), button("Keep", "A", give(keep)), ...others]
      : [main("Keep", keep), button("Set aside", "X", give(aside)), ...others];
  }

  // Whether a repair is what is suggested.
  get repairs() {
    return this.queue.repairs && Boolean(this.question?.fixes);
  }

  get labels() {
    return this.store.summary.labels;
  }

  // The number key of a label; null if it has none.
  numberOf(label) {
    const at = answers.numbered(this.labels).indexOf(label);
    return at < 0 ? null : String(at + 1);
  }

  // Buttons for some labels, then for all others that have a number: only those if `rest`.
  labelButtons(question, labels, rest = false) {
    const one = (label, kind) => button(kind === "wide" ? ["It is ", make("bdi", {}, label)] : make("bdi", {}, label), this.numberOf(label), () => this.give(answers.isLabel(question, label)), { class: kind });
    const others = answers.canRelabel(question) ? answers.numbered(this.labels).filter((label) => !labels.includes(label)) : [];
    return [...(rest ? [] : labels.map((label) => one(label, "wide"))), ...others.map((label) => one(label, "other-label"))];
  }

  setAllAside() {
    const { question } = this;
    const n = question.pictures.length;
    const sure = () => {
      dialog.close();
      if (!this.isClosed && this.question === question) this.give(answers.setAside(question));
    };
    const dialog = make("dialog", { class: "small", "aria-labelledby": "all-title" }, make("h2", { id: "all-title" }, `Set all ${number(n)} aside?`),
      make("p", {}, "No copy of this picture would stay in the data set."),
      make("p", { class: "actions" }, button("Set all aside", "↵", sure, { class: "main" }), button("Cancel", "Esc", () => dialog.close())));
    this.room.open(dialog);
  }

  labelButton(question) {
    return answers.canRelabel(question) && button("Relabel", "R", () => this.relabel());
  }

  atEnd() {
    const left = this.store.left(this.queue), elsewhere = this.context.nextQueue(this.queue);
    const waiting = this.store.waiting.reduce((sum, queue) => sum + this.store.left(queue), 0);
    const back = () => this.openFrom(0).then((at) => at !== null && this.show(at));
    if (this.queue.repairs && left > 0) return this.atEndOfRepairs(left, back);
    const heading = left > 0 ? `${count(left, "question")} left for later` : elsewhere ? "All decided here" : waiting > 0 ? "All decided here" : "Nothing waits for you";
    return [make("div", { class: "empty" }, make("h1", {}, heading),
      make("p", {}, left > 0 ? `You have seen all of “${title(this.queue)}”.` : `“${title(this.queue)}”: ${number(this.queue.total)} decided.`, " Nothing moves before you clean."),
      make("p", { class: "actions" },
        elsewhere && button(`Go on: ${title(elsewhere)}`, "↵", () => this.context.go(elsewhere), { class: "main" }),
        left > 0 && button("Back to them", elsewhere ? null : "↵", back, { class: elsewhere ? null : "main" }),
        !elsewhere && left === 0 && this.context.finish()))];
  }

  atEndOfRepairs(left, back) {
    return [make("div", { class: "empty" }, make("h1", {}, `${count(left, "picture")} left to fix`),
      make("p", {}, "Run ", make("code", {}, `catsclean fix ${this.store.summary.arguments}`), ": it shows what it would repair, and changes nothing yet."),
      make("p", { class: "actions" }, button("Back to them", null, back)))];
  }

  toggle(row) {
    const { question } = this;
    this.chosen ??= this.kept(question);
    if (this.chosen.has(row)) this.chosen.delete(row);
    else this.chosen.add(row);
    if (this.chosen.size === 0) {
      this.chosen.add(row);
      this.room.hint("One copy always stays. Choose another one first.");
    }
    this.draw();
    this.main.querySelector(`[data-row="${row}"]`)?.focus({ preventScroll: true });
  }

  // The rows that stay, as it was marked, answered or suggested.
  kept(question) {
    const now = question.answer ?? answers.suggested(question) ?? answers.keepAll(question);
    return this.chosen ?? new Set(now.decisions.filter((one) => one.action !== "quarantine").map((one) => one.row));
  }

  // The picture that has the focus, or the mouse over it.
  looked() {
    const looks = [...this.main.querySelectorAll(".look")];
    const at = (selector) => looks.findIndex((look) => look.matches(selector));
    return Math.max(0, [":focus-visible", ":hover", ":focus"].map(at).find((found) => found >= 0) ?? 0);
  }

  compare(index) {
    const { question } = this;
    if (!question) return;
    const other = index === 0 ? 1 : index;
    compare(this.room, question.pictures[0], question.pictures[other], question.pictures);
  }

  relabel() {
    const { question } = this;
    const one = question.pictures[0];
    askLabel(this.room, {
      labels: this.store.summary.labels,
      now: question.kind === "label" ? null : one.label,
      path: one.path,
      then: question.kind === "label" && `The best copy with that label stays, or if none has it, ${one.path} gets it. The other ${count(question.pictures.length - 1, "copy", "copies")} ${question.pictures.length === 2 ? "is" : "are"} set aside.`,
    }).then((label) => {
      if (label === null || this.isClosed || this.question !== question) return;
      this.give(answers.isLabel(question, label));
    });
  }

  // Answers the question, and goes on to the next open one.
  async give(answer) {
    const { question } = this;
    if (!question || !answer || this.isLeaving) return;
    this.store.answer([[question, answer]], { queue: this.queue.key, at: this.at });
    const said = `${sentence(answered(question, answer))}.`;
    // what is pressed before the next question is there is not meant for this one
    this.isLeaving = true;
    const next = await this.openFrom(this.at + 1).finally(() => { this.isLeaving = false; });
    if (this.isClosed) return;
    if (next !== null) return this.show(next, said);
    const queue = this.context.nextQueue(this.queue);
    if (queue && !this.queue.by_itself && !this.queue.repairs) return this.context.go(queue, undefined, false, said);
    return this.show(this.queue.total, said);
  }

  later() {
    if (this.at < this.queue.total) this.show(this.at + 1);
  }

  back() {
    if (this.at > 0) this.show(this.at - 1);
  }

  warmUp() {
    const last = Math.min(this.at + AHEAD, this.queue.total - 1);
    for (let at = this.at + 1; at <= last; at += 1) this.room.pictures.warmUpAll(this.store.at(this.queue, at)?.pictures ?? []);
    if (this.at > 0) this.room.pictures.warmUpAll(this.store.at(this.queue, this.at - 1)?.pictures ?? []);
    const ahead = Math.min(this.at + LOADED_AHEAD, this.queue.total - 1);
    if (ahead >= 0 && !this.store.at(this.queue, ahead)) this.store.load(this.queue, ahead).catch(() => {});
    if (last < this.at + AHEAD) this.context.warmNext(this.queue);
  }

  // Answers of others arrived.
  changed(questions) {
    if (questions.includes(this.question)) {
      this.draw();
      this.announce("");
    } else if (!this.question) this.draw();
  }

  key(event) {
    const { question } = this;
    const key = keyOf(event);
    if (this.isLeaving) return true;
    if (key === "Enter" && event.target.closest?.("button, a, summary")) {
      // a picture that has the focus is marked with space; Enter is for the question
      if (!event.target.closest(".look") || !this.chosen) return false;
    }
    if (key === "j" || key === "l" || key === "ArrowRight") return this.move(event, key, () => this.later());
    if (key === "k" || key === "ArrowLeft") return this.move(event, key, () => this.back());
    if (event.repeat) return /^[a-z0-9]$|^Enter$/.test(key);
    if (!question) return key === "Enter" && this.press(".main");
    if (key === "Escape" && this.chosen) return this.chosen = null, this.draw(), true;
    if (key === "c") return this.compare(this.looked()), true;
    if (key === "r" && answers.canRelabel(question)) return this.relabel(), true;
    if (key === "s" && this.queue.pages && this.queue.total > 1) return this.context.go(this.queue, this.at, true), true;
    if (key === "x" && question.kind === "label") return this.setAllAside(), true;
    const answer = this.meaning(question, key);
    if (answer) this.give(answer);
    else if (key === "Enter") return this.sayNothingSuggested(question), true;
    else if (key === "f") return this.say("fix has no repair for this."), true;
    return Boolean(answer);
  }

  sayNothingSuggested(question) {
    const text = question.kind === "label" ? "Nothing is suggested: choose the right label." : question.kind === "copies" ? "Nothing is suggested: choose the copy that stays." : "Nothing is suggested: A keeps, X sets aside.";
    this.say(text);
  }

  say(text) {
    this.room.hint(text);
    this.room.speak(text);
  }

  // Arrows go from picture to picture where there are many.
  move(event, key, act) {
    const many = key.startsWith("Arrow") && event.target.closest?.(".look");
    if (!many || this.question?.pictures.length < 3) return act(), true;
    const looks = [...this.main.querySelectorAll(".look")];
    looks[looks.indexOf(event.target.closest(".look")) + (key === "ArrowRight" ? 1 : -1)]?.focus();
    return true;
  }

  press(selector) {
    const found = this.main.querySelector(selector);
    found?.click();
    return Boolean(found);
  }

  // What a key decides; null where nothing.
  meaning(question, key) {
    if (key === "Enter") {
      if (this.chosen) return answers.keepOnly(question, [...this.chosen]);
      if (question.kind === "label") return null;
      return this.repairs ? answers.fix(question) : answers.suggested(question);
    }
    if (key === "a") return answers.keepAll(question);
    if (key === "f") return question.fixes ? answers.fix(question) : null;
    if (key === "x" && !answers.isGroup(question)) return answers.setAside(question);
    if (key === "d") return answers.isGroup(question) ? answers.areDifferent(question) : null;
    if (!/^[1-9]$/.test(key) || question.kind === "keep") return null;
    if (question.kind !== "copies") {
      const label = answers.numbered(this.labels)[key - 1];
      const can = label !== undefined && (answers.canRelabel(question) || answers.labelsOf(question, this.labels).includes(label));
      return can ? answers.isLabel(question, label) : null;
    }
    const one = question.pictures[key - 1];
    return one ? answers.keepOnly(question, [one.row]) : null;
  }
}
