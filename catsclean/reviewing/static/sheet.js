// Many single pictures on one page: mark the exceptions, one key for all.

import * as answers from "./answers.js";
import { button, keyOf, make } from "./dom.js";
import { sides } from "./pictures.js";
import { count, number, summed, title } from "./words.js";

const SIZE = 24;
// so few are shown larger
const [FEWER, FEW] = [4, 8];

export class Sheet {
  constructor(store, queue, main, context) {
    Object.assign(this, { store, queue, main, context, room: context.room, from: 0, questions: [], now: new Map() });
  }

  async open(position, said = "") {
    if (position === undefined) position = (await this.store.load(this.queue, 0)).first;
    await this.show(position, said);
  }

  close() {
    this.isClosed = true;
  }

  async show(position, said = "") {
    const last = Math.min(position + SIZE, this.queue.total);
    for (let at = position; at < last; at += 1) if (!this.store.at(this.queue, at)) await this.store.load(this.queue, at);
    if (this.isClosed) return;
    this.from = position;
    this.questions = [];
    for (let at = position; at < last; at += 1) this.questions.push(this.store.at(this.queue, at));
    this.now = new Map(this.questions.map((question) => [question, answers.proposed(question)]));
    if (this.questions.length === 0) {
      const next = this.context.nextQueue(this.queue);
      if (next && this.store.left(this.queue) === 0) return this.context.go(next, undefined, true, said);
      return this.context.go(this.queue, this.queue.total, false, said);
    }
    this.draw();
    const heading = `${title(this.queue)}, ${number(this.from + 1)} to ${number(last)} of ${number(this.queue.total)}.`;
    this.room.speak([said, heading, this.main.querySelector(".why").textContent, this.main.querySelector(".bar .main").firstChild.textContent].join(" "));
    this.warmUp(last);
  }

  draw() {
    const inside = this.room.holdsFocus(this.main);
    this.cards = new Map(this.questions.map((question, index) => [question, this.card(question, index)]));
    this.confirm = button("", null, () => this.give(), { class: "main" });
    const last = this.from + this.questions.length;
    this.main.replaceChildren(
      make("div", { class: "ask" }, make("h1", {}, title(this.queue)),
        make("span", { class: "at" }, `${number(this.from + 1)}–${number(last)} of ${number(this.queue.total)}`),
        make("p", { class: "why" }, this.advice())),
      make("div", { class: `sheet${this.questions.length <= FEWER ? " fewer" : this.questions.length <= FEW ? " few" : ""}`, role: "group", "aria-label": `${count(this.questions.length, "picture")}` }, [...this.cards.values()]),
      make("div", { class: "bar", role: "group", "aria-label": "Decide" }, this.confirm, make("span", { class: "more" },
        button("One at a time", "S", () => this.context.go(this.queue, this.from, false), { class: "quiet" }),
        this.from > 0 && button("Back", "K", () => this.back(), { class: "quiet" }),
        button("Later", "J", () => this.later(), { class: "quiet" }))));
    this.count();
    this.main.scrollTop = 0;
    if (inside || this.room.isUnfocused) this.main.focus({ preventScroll: true });
  }

  advice() {
    const first = (answers.suggested(this.questions[0]) ?? answers.keepAll(this.questions[0])).decisions[0].action;
    if (first === "relabel") return "Each gets the label that it looks like. Click the pictures whose label is right as it is; one key for all on this page.";
    return first === "keep" || first === "fix" ? "Click the pictures that should go; one key for all on this page." : "Click the pictures that should stay; one key for all on this page.";
  }

  card(question, index) {
    const one = question.pictures[0];
    const card = make("button", { type: "button", class: "card", tabindex: index === 0 ? "0" : "-1", title: [one.path, one.message, ...(one.notes ?? [])].join("\n"), onclick: () => this.toggle(question) });
    this.dress(card, question);
    return card;
  }

  dress(card, question) {
    const one = question.pictures[0];
    const [decision] = this.now.get(question).decisions;
    const words = { keep: "keep", quarantine: "set aside", relabel: `it is ${decision.label}`, fix: "keep and fix" }[decision.action];
    card.className = `card ${{ keep: "stays", quarantine: "aside", relabel: "relabel", fix: "stays" }[decision.action]}`;
    card.setAttribute("aria-label", [`${one.path}: ${words}`, one.message, ...(one.notes ?? [])].filter(Boolean).join(". "));
    if (!card.firstChild) card.append(this.room.pictures.framed(one, this.questions.length <= FEW ? sides.MEDIUM : sides.SMALL), make("span", { class: "path" }, make("bdi", {}, one.path)), make("span", { class: "message" }, make("bdi", {}, [one.message, ...(one.notes ?? [])].join("; "))), make("span", { class: "mark" }));
    card.lastChild.replaceChildren(decision.action === "relabel" ? `${question.pictures[0].label} → ` : "", make("bdi", {}, decision.action === "relabel" ? decision.label : words));
  }

  toggle(question) {
    this.now.set(question, answers.other(question, this.now.get(question)));
    this.dress(this.cards.get(question), question);
    this.count();
  }

  // Marks the pictures as they were when they were decided: answers by the keys of their questions.
  restore(given) {
    for (const question of this.questions) {
      const answer = given.get(question.key);
      if (!answer || question.answer) continue;
      this.now.set(question, answer);
      this.dress(this.cards.get(question), question);
    }
    this.count();
  }

  count() {
    const decisions = [...this.now.values()].flatMap((answer) => answer.decisions);
    this.confirm.replaceChildren(make("span", { class: "text" }, summed(decisions)), " ", make("kbd", {}, "↵"));
  }

  give() {
    const pairs = [...this.now];
    this.store.answer(pairs, { queue: this.queue.key, at: this.from, sheet: true });
    this.show(this.from + this.questions.length, `${summed(pairs.flatMap(([, answer]) => answer.decisions))}: done.`);
  }

  later() {
    if (this.from + this.questions.length < this.queue.total) this.show(this.from + this.questions.length);
    else this.context.go(this.queue, this.queue.total, false);
  }

  back() {
    this.show(Math.max(0, this.from - SIZE));
  }

  async warmUp(from) {
    if (from >= this.queue.total) return;
    if (!this.store.at(this.queue, from)) await this.store.load(this.queue, from).catch(() => {});
    for (let at = from; at < Math.min(from + SIZE, this.queue.total); at += 1) {
      const question = this.store.at(this.queue, at);
      if (question) this.room.pictures.warmUp(question.pictures[0], sides.SMALL);
    }
  }

  changed(questions) {
    if (!questions.some((one) => this.now.has(one))) return;
    for (const question of questions) {
      if (!this.now.has(question)) continue;
      this.now.set(question, answers.proposed(question));
      this.dress(this.cards.get(question), question);
    }
    this.count();
  }

  key(event) {
    const key = keyOf(event);
    const card = event.target.closest?.(".card");
    if (key === "Enter" && event.target.closest?.("button, a, summary") && !card) return false;
    if (key.startsWith("Arrow")) return this.move(card, key);
    if (event.repeat) return key === "Enter";
    if (key === "Enter") return this.give(), true;
    if (key === "s") return this.context.go(this.queue, this.from, false), true;
    if (key === "j" || key === "l") return this.later(), true;
    if (key === "k") return this.back(), true;
    if (key === "a") return this.all(answers.keepAll), true;
    if (key === "x") return this.all(answers.setAside), true;
    return false;
  }

  // Proposes the same for all; only Enter decides.
  all(make_) {
    for (const question of this.questions) {
      this.now.set(question, make_(question));
      this.dress(this.cards.get(question), question);
    }
    this.count();
    this.room.speak(this.confirm.firstChild.textContent);
  }

  move(card, key) {
    const cards = [...this.cards.values()];
    const columns = cards.filter((one) => one.offsetTop === cards[0].offsetTop).length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[key];
    const at = card ? cards.indexOf(card) + step : 0;
    if (!cards[at]) return true;
    for (const one of cards) one.tabIndex = -1;
    cards[at].tabIndex = 0;
    cards[at].focus();
    return true;
  }
}
