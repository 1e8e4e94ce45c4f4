// The review: its tabs, the rail of questions, what is saved, and which view hears the keys.

import { isByHand } from "./answers.js";
import { Decide } from "./decide.js";
import { Do } from "./do.js";
import { button, isControlZ, isTyping, keyOf, make } from "./dom.js";
import { areOn, showHelp, showKeys } from "./help.js";
import { Sheet } from "./sheet.js";
import { Store } from "./store.js";
import { get, RefusedError } from "./wire.js";
import { answered, count, ended, given, number, summed, title } from "./words.js";

function addressFor(queue, sheet) {
  return `#/decide/${encodeURIComponent(queue.key)}${sheet ? "/24" : ""}`;
}

function link(store, queue, current) {
  const left = store.left(queue), text = title(queue);
  return make("a", {
    href: addressFor(queue, false), "aria-current": queue === current ? "page" : null, class: left === 0 ? "done" : null, "data-queue": queue.key,
    "aria-label": left === 0 ? `${text}: all ${number(queue.total)} decided` : `${text}: ${number(left)} of ${number(queue.total)} left`,
  }, make("span", { class: "what" }, text), make("span", { class: "left" }, left === 0 ? "✓" : number(left)),
  make("progress", { max: String(queue.total), value: String(queue.answered), "aria-hidden": "true", tabindex: "-1" }));
}

// What keeps answers from being saved, once, and that it is tried again.
function again(trouble) {
  return /trying again/i.test(trouble) ? ended(trouble) : `${ended(trouble)} Trying again.`;
}

export class Desk {
  // The room has the places main, rail, saved, undo and page; `Browse`: the view of all pictures,
  // if there is one.
  constructor(room, { Browse = null } = {}) {
    Object.assign(this, { room, Browse, store: new Store(room), view: null, turn: 0 });
    for (const id of ["main", "rail", "saved", "undo", "page"]) this[id] = room.place(id);
    // content: unknown until it is asked for
    this.can = { do: false, content: null };
    this.context = {
      room,
      can: this.can,
      go: (queue, position, sheet, said) => this.go(queue, position, sheet, said),
      nextQueue: (queue) => this.nextQueue(queue),
      warmNext: (queue) => this.warmNext(queue),
      finish: () => this.finish(),
      find: (question) => this.goTo(question),
      undo: () => this.undone(),
    };
  }

  // To a queue, at a position (the first open one if it is not given), one at a time or a page.
  go(queue, position, sheet = this.view instanceof Sheet, said = "") {
    const as = Boolean(sheet && queue.pages && queue.total > 1);
    this.room.push(addressFor(queue, as));
    return this.enter(() => new (as ? Sheet : Decide)(this.store, queue, this.main, this.context), queue, (one) => one.open(position, said));
  }

  // The next queue that waits for a person, round and round.
  nextQueue(queue) {
    const { waiting } = this.store, at = waiting.indexOf(queue);
    const order = [...waiting.slice(at + 1), ...waiting.slice(0, Math.max(at, 0))];
    return order.find((one) => this.store.left(one) > 0 && one !== queue) ?? null;
  }

  warmNext(queue) {
    const { store } = this, next = this.nextQueue(queue);
    if (next) store.load(next, 0).then((found) => this.room.pictures.warmUpAll(store.at(next, found.first)?.pictures ?? []), () => {});
  }

  // What to do when nothing waits any more.
  finish() {
    if (this.can.do) return make("a", { class: "button main", href: "#/do" }, "See what would move");
    return make("span", {}, "Then run ", make("code", {}, `catsclean clean ${this.store.summary.arguments} --apply`));
  }

  async enter(build, queue, begin) {
    this.view?.close?.();
    const own = this.turn += 1;
    this.view = build();
    this.page.classList.toggle("wide", !queue);
    this.drawRail(queue);
    this.drawTabs();
    this.main.setAttribute("aria-busy", "true");
    try {
      await begin(this.view);
    } catch (error) {
      if (own === this.turn) this.fail(error);
    }
    if (own !== this.turn) return;
    this.main.removeAttribute("aria-busy");
    this.takeFocus();
  }

  // What led here must not swallow the next key: after a click on a queue, Enter is for its question.
  takeFocus() {
    const { room, main } = this, at = room.focused;
    if (at && !room.hasDialog && !main.contains(at) && !isTyping(at)) main.focus({ preventScroll: true });
  }

  fail(error) {
    const text = error instanceof RefusedError ? ended(error.message) : `${this.room.wire.silent}. Is it still running?`;
    this.main.replaceChildren(make("div", { class: "empty" }, make("h1", {}, "This cannot be shown"), make("p", {}, text),
      make("p", { class: "actions" }, button("Try again", null, () => this.tryAgain(), { class: "main" }))));
  }

  tryAgain() {
    return this.store.summary ? this.route() : this.start();
  }

  // Shows what the address says.
  async route() {
    const { store, main, context, can } = this;
    const [, name = "", key = "", how = ""] = this.room.address.split("/").map(decodeURIComponent);
    if (name.startsWith("browse") && this.Browse) return this.enter(() => new this.Browse(store, main, context), null, (one) => one.open());
    main.setAttribute("aria-busy", "true");
    if (name === "do" && !can.do) await this.learn();
    if (name === "do" && can.do) return this.enter(() => new Do(store, main, context), null, (one) => one.open());
    const queue = store.queue(key) ?? store.waiting.find((one) => store.left(one) > 0) ?? store.queues[0];
    if (queue) return this.go(queue, undefined, how === "24");
    this.page.classList.add("wide");
    main.removeAttribute("aria-busy");
    this.drawTabs();
    main.replaceChildren(make("div", { class: "empty" }, make("h1", {}, "Nothing waits for you"), make("p", {}, "The audit found nothing that a person has to decide."),
      this.Browse && make("p", { class: "actions" }, make("a", { class: "button main", href: "#/browse" }, "Browse the pictures"))));
  }

  async goTo(question) {
    const { store } = this, queue = store.queue(question.queue), listed = queue ? queue.list.indexOf(question.key) : -1;
    for (let at = listed >= 0 ? listed : question.at ?? 0; queue && at < queue.total; at += 1) {
      if (!store.at(queue, at)) await store.load(queue, at);
      if (store.at(queue, at) === question) return this.go(queue, at, false);
    }
  }

  drawTabs() {
    const at = this.Browse && this.view instanceof this.Browse ? "browse" : this.view instanceof Do ? "do" : "decide";
    for (const tab of this.room.root.querySelectorAll("[data-tab]")) {
      if (tab.dataset.tab === at) tab.setAttribute("aria-current", "page");
      else tab.removeAttribute("aria-current");
    }
  }

  // First what waits for a person; what clean does by itself, and what fix repairs, is folded.
  drawRail(current = this.view?.queue ?? null) {
    const { store, rail, room } = this;
    const focused = room.focused?.closest?.("#rail [data-queue]")?.dataset.queue;
    const folded = (name, text, queues) => queues.length > 0 && make("details", { class: "rest", "data-group": name, open: queues.includes(current) || rail.querySelector(`[data-group="${name}"]`)?.open },
      make("summary", {}, `${text} · ${number(queues.reduce((sum, queue) => sum + store.left(queue), 0))}`), queues.map((queue) => link(store, queue, current)));
    rail.replaceChildren(
      make("p", { class: "heading" }, store.waiting.some((queue) => store.left(queue) > 0) ? "Questions for you" : "Decided"),
      ...store.waiting.map((queue) => link(store, queue, current)),
      ...[folded("leaves", "Leaves with clean", store.queues.filter((queue) => queue.by_itself)), folded("repairs", "Repaired by fix", store.repaired)].filter(Boolean));
    if (focused !== undefined) [...rail.querySelectorAll("[data-queue]")].find((one) => one.dataset.queue === focused)?.focus({ preventScroll: true });
    this.showCurrent();
  }

  // The rail shows the queue that is asked about; the page around it stays where it is.
  showCurrent() {
    const { rail } = this, current = rail.querySelector("[aria-current]");
    if (!current) return;
    const [box, around] = [current.getBoundingClientRect(), rail.getBoundingClientRect()];
    const beyond = (start, end, first, last) => (start < first ? start - first : Math.max(0, end - last));
    rail.scrollTop += beyond(box.top, box.bottom, around.top, around.bottom);
    rail.scrollLeft += beyond(box.left, box.right, around.left, around.right);
  }

  drawSaved() {
    const { store, saved } = this, { answers: waiting, trouble } = store.outbox;
    if (!store.summary) return;
    const { decided } = store, done = store.summary.carried_out;
    const how = `carried out${done.by ? ` by ${done.by}` : ""}`;
    const all = done.number === 0 ? `${number(decided)} decided, all saved` : decided === 0 ? `${number(done.number)} decided, ${how}` : `${number(decided)} decided, all saved; ${number(done.number)} more ${how}`;
    const bad = trouble && waiting > 0;
    const text = bad ? `${count(waiting, "decision")} not saved yet: ${again(trouble)}`
      : waiting > 0 ? "Saving…" : store.lost ? `${this.room.wire.silent}. Is it still running?` : all;
    saved.classList.toggle("bad", Boolean(bad || store.lost));
    if (saved.textContent !== text) saved.textContent = saved.title = text;
    this.undo.disabled = store.past.length === 0;
  }

  takeBack() {
    if (this.store.past.length === 0) return false;
    this.undone().catch((error) => this.fail(error));
    return true;
  }

  async undone() {
    const { store, room } = this, was = await store.undo();
    this.drawSaved();
    if (!was) return;
    const said = `Undone: ${count(was.questions.length, "answer")}.`;
    room.showGiven(said);
    const queue = store.queue(was.queue);
    // a page of 24 comes back as it was marked: nothing is decided again that was not meant
    if (queue) this.go(queue, was.at, Boolean(was.sheet), said).then(() => { if (was.sheet) this.view?.restore?.(was.given); });
    else this.view?.changed?.(was.questions);
    room.speak(said);
  }

  look(question) {
    return button("Look", null, (event) => { event.target.closest(".notice").remove(); this.goTo(question); }, { class: "quiet" });
  }

  tellChange(questions, words) {
    if (questions.length > 0) {
      const [question] = questions;
      const what = questions.length === 1 ? `${question.pictures[0].path}: ${answered(question, question.answer)}` : count(questions.length, "question");
      this.room.notice(`${words} ${what}.`, isByHand(question) ? null : this.look(question));
    }
    this.view?.changed?.(questions);
  }

  // Hears what the store tells.
  listen() {
    const { store, room } = this, hear = (type, act) => store.addEventListener(type, ({ detail }) => act(detail));
    hear("given", ({ pairs }) => {
      const [[question, answer]] = pairs;
      const text = pairs.length === 1 ? given(question, answer) : `${summed(pairs.flatMap(([, one]) => one.decisions))}: done`;
      room.showGiven(areOn(room) ? `${text} · U undoes` : text);
    });
    hear("counts", () => { this.drawRail(); this.drawSaved(); });
    hear("saving", () => this.drawSaved());
    hear("renewed", () => {
      if (this.view instanceof Do) return;
      room.notice("The pictures were audited or cleaned since: these are the questions that are left.");
      this.route();
    });
    hear("overtaken", ({ questions }) => {
      room.showGiven("");
      this.tellChange(questions, "Somebody else answered first, so your answer was not saved.");
    });
    hear("others", ({ questions }) => this.tellChange(questions, "Answered in another window."));
    hear("refused", ({ error, questions }) => {
      room.showGiven("");
      room.notice(`Not saved: ${ended(error.message)}`, isByHand(questions[0]) ? null : this.look(questions[0]));
      this.view?.changed?.(questions);
    });
    this.undo.addEventListener("click", () => this.takeBack());
    room.place("show-help").addEventListener("click", () => this.help());
    const { signal } = room.leaving;
    addEventListener("beforeunload", (event) => { if (store.outbox.waiting.length > 0) event.preventDefault(); }, { signal });
    addEventListener("pagehide", () => store.outbox.flush(), { signal });
  }

  help() {
    return showHelp(this.room, { content: Boolean(this.Browse) && this.view instanceof this.Browse });
  }

  // Whether a key meant something here.
  key(event) {
    if (this.room.hasDialog || isTyping(event.target)) return false;
    if (isControlZ(event)) return this.takeBack();
    if (event.ctrlKey || event.metaKey || event.altKey || !areOn(this.room)) return false;
    if (event.key === "?") {
      this.help();
      return false;
    }
    if (keyOf(event) === "u") {
      if (!event.repeat) this.takeBack();
      return true;
    }
    return Boolean(this.view?.key?.(event));
  }

  open() {
    showKeys(this.room);
    this.listen();
    return this.start();
  }

  // Whether there is something to show.
  async start() {
    try {
      await this.store.open();
    } catch (error) {
      this.fail(error);
      return false;
    }
    this.room.place("name").textContent = this.store.summary.name;
    this.drawSaved();
    await this.route();
    if (!this.can.do) await this.learn();
    return true;
  }

  close() {
    this.view?.close?.();
    this.room.close();
  }

  // Whether this catsclean can carry something out from here.
  async learn() {
    this.can.do = await get(this.room.wire, "api/job").then(() => true, () => false);
    this.room.root.querySelector("[data-tab='do']").hidden = !this.can.do;
  }
}
