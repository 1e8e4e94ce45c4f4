// The page: its tabs, the rail of questions, what is saved, and which view hears the keys.

import { Browse } from "./browse.js";
import { Decide } from "./decide.js";
import { Do } from "./do.js";
import { button, isTyping, keyOf, make, notice, showGiven, speak } from "./dom.js";
import { areOn, showHelp, showKeys } from "./help.js";
import { warmUpAll } from "./pictures.js";
import { Sheet } from "./sheet.js";
import { Store } from "./store.js";
import { get, RefusedError } from "./wire.js";
import { answered, count, ended, given, number, summed, title } from "./words.js";

const place = (id) => document.getElementById(id);
const [main, rail, saved, undo, page] = ["main", "rail", "saved", "undo", "page"].map(place);
const store = new Store();
// content: unknown until it is asked for
const can = { do: false, content: null };
let view = null;
let turn = 0;

function addressFor(queue, sheet) {
  return `#/decide/${encodeURIComponent(queue.key)}${sheet ? "/24" : ""}`;
}

const context = {
  // to a queue, at a position (the first open one if it is not given), one at a time or a page
  go(queue, position, sheet = view instanceof Sheet, said = "") {
    const as = Boolean(sheet && queue.pages && queue.total > 1);
    const address = addressFor(queue, as);
    if (location.hash !== address) history.pushState(null, "", address);
    return enter(() => new (as ? Sheet : Decide)(store, queue, main, context), queue, (one) => one.open(position, said));
  },
  // the next queue that waits for a person, round and round
  nextQueue(queue) {
    const waiting = store.waiting, at = waiting.indexOf(queue);
    const order = [...waiting.slice(at + 1), ...waiting.slice(0, Math.max(at, 0))];
    return order.find((one) => store.left(one) > 0 && one !== queue) ?? null;
  },
  warmNext(queue) {
    const next = context.nextQueue(queue);
    if (next) store.load(next, 0).then((found) => warmUpAll(store.at(next, found.first)?.pictures ?? []), () => {});
  },
  // what to do when nothing waits any more
  finish() {
    if (can.do) return make("a", { class: "button main", href: "#/do" }, "See what would move");
    return make("span", {}, "Then run ", make("code", {}, `catsclean clean ${store.summary.arguments} --apply`));
  },
  find: (question) => goTo(question),
  can,
};

async function enter(build, queue, begin) {
  view?.close?.();
  const own = turn += 1;
  view = build();
  page.classList.toggle("wide", !queue);
  drawRail(queue);
  drawTabs();
  main.setAttribute("aria-busy", "true");
  try {
    await begin(view);
  } catch (error) {
    if (own === turn) fail(error);
  }
  if (own !== turn) return;
  main.removeAttribute("aria-busy");
  takeFocus();
}

// What led here must not swallow the next key: after a click on a queue, Enter is for its question.
function takeFocus() {
  const at = document.activeElement;
  if (!document.querySelector("dialog[open]") && !main.contains(at) && !isTyping(at)) main.focus({ preventScroll: true });
}

function fail(error) {
  const text = error instanceof RefusedError ? ended(error.message) : "catsclean does not answer. Is it still running?";
  main.replaceChildren(make("div", { class: "empty" }, make("h1", {}, "This cannot be shown"), make("p", {}, text),
    make("p", { class: "actions" }, button("Try again", null, route, { class: "main" }))));
}

async function route() {
  const [, name = "", key = "", how = ""] = location.hash.split("/").map(decodeURIComponent);
  if (name.startsWith("browse")) return enter(() => new Browse(store, main, context), null, (one) => one.open());
  main.setAttribute("aria-busy", "true");
  if (name === "do" && !can.do) await learn();
  if (name === "do" && can.do) return enter(() => new Do(store, main, context), null, (one) => one.open());
  const queue = store.queue(key) ?? store.waiting.find((one) => store.left(one) > 0) ?? store.queues[0];
  if (queue) return context.go(queue, undefined, how === "24");
  page.classList.add("wide");
  main.removeAttribute("aria-busy");
  drawTabs();
  main.replaceChildren(make("div", { class: "empty" }, make("h1", {}, "Nothing waits for you"), make("p", {}, "The audit found nothing that a person has to decide."),
    make("p", { class: "actions" }, make("a", { class: "button main", href: "#/browse" }, "Browse the pictures"))));
}

async function goTo(question) {
  const queue = store.queue(question.queue), listed = queue ? queue.list.indexOf(question.key) : -1;
  for (let at = listed >= 0 ? listed : question.at ?? 0; queue && at < queue.total; at += 1) {
    if (!store.at(queue, at)) await store.load(queue, at);
    if (store.at(queue, at) === question) return context.go(queue, at, false);
  }
}

function drawTabs() {
  const at = view instanceof Browse ? "browse" : view instanceof Do ? "do" : "decide";
  for (const tab of document.querySelectorAll("[data-tab]")) {
    if (tab.dataset.tab === at) tab.setAttribute("aria-current", "page");
    else tab.removeAttribute("aria-current");
  }
}

function link(queue, current) {
  const left = store.left(queue), text = title(queue);
  return make("a", {
    href: addressFor(queue, false), "aria-current": queue === current ? "page" : null, class: left === 0 ? "done" : null, "data-queue": queue.key,
    "aria-label": left === 0 ? `${text}: all ${number(queue.total)} decided` : `${text}: ${number(left)} of ${number(queue.total)} left`,
  }, make("span", { class: "what" }, text), make("span", { class: "left" }, left === 0 ? "✓" : number(left)),
  make("progress", { max: String(queue.total), value: String(queue.answered), "aria-hidden": "true", tabindex: "-1" }));
}

// First what waits for a person; what clean does by itself, and what fix repairs, is folded.
function drawRail(current = view?.queue ?? null) {
  const focused = document.activeElement?.closest?.("#rail [data-queue]")?.dataset.queue;
  const folded = (name, text, queues) => queues.length > 0 && make("details", { class: "rest", "data-group": name, open: queues.includes(current) || rail.querySelector(`[data-group="${name}"]`)?.open },
    make("summary", {}, `${text} · ${number(queues.reduce((total, queue) => total + queue.total, 0))}`), queues.map((queue) => link(queue, current)));
  rail.replaceChildren(
    make("p", { class: "heading" }, store.waiting.some((queue) => store.left(queue) > 0) ? "Waits for you" : "Decided"),
    ...store.waiting.map((queue) => link(queue, current)),
    ...[folded("leaves", "Leaves with clean", store.queues.filter((queue) => queue.by_itself)), folded("repairs", "Repaired by fix", store.repaired)].filter(Boolean));
  if (focused !== undefined) [...rail.querySelectorAll("[data-queue]")].find((one) => one.dataset.queue === focused)?.focus({ preventScroll: true });
  rail.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

// What keeps answers from being saved, once, and that it is tried again.
function again(trouble) {
  return /trying again/i.test(trouble) ? ended(trouble) : `${ended(trouble)} Trying again.`;
}

function drawSaved() {
  const waiting = store.outbox.answers, { trouble } = store.outbox;
  const decided = store.queues.reduce((sum, queue) => sum + queue.answered, 0);
  const bad = trouble && waiting > 0;
  const text = bad ? `${count(waiting, "decision")} not saved yet: ${again(trouble)}`
    : waiting > 0 ? "Saving…" : store.lost ? "catsclean does not answer. Is it still running?" : `${number(decided)} decided, all saved`;
  saved.classList.toggle("bad", Boolean(bad || store.lost));
  if (saved.textContent !== text) saved.textContent = saved.title = text;
  undo.disabled = store.past.length === 0;
}

function takeBack() {
  if (store.past.length === 0) return false;
  undone().catch(fail);
  return true;
}

async function undone() {
  const was = await store.undo();
  drawSaved();
  if (!was) return;
  const said = `Undone: ${count(was.questions.length, "answer")}.`;
  showGiven(said);
  const queue = store.queue(was.queue);
  if (queue) context.go(queue, was.at, Boolean(was.sheet), said);
  else view?.changed?.(was.questions);
  speak(said);
}

function tellChange(questions, words) {
  if (questions.length === 0) return;
  const [question] = questions;
  const what = questions.length === 1 ? `${question.pictures[0].path}: ${answered(question, question.answer)}` : count(questions.length, "question");
  const box = notice(`${words} ${what}.`, button("Look", null, () => { box.remove(); goTo(question); }, { class: "quiet" }));
}

store.addEventListener("given", ({ detail }) => {
  const [[question, answer]] = detail.pairs;
  const text = detail.pairs.length === 1 ? given(question, answer) : `${summed(detail.pairs.flatMap(([, one]) => one.decisions))}: done`;
  showGiven(areOn() ? `${text} · U undoes` : text);
});
store.addEventListener("counts", () => { drawRail(); drawSaved(); });
store.addEventListener("saving", drawSaved);
store.addEventListener("renewed", () => {
  if (view instanceof Do) return;
  notice("The pictures were audited or cleaned since: these are the questions that are left.");
  route();
});
store.addEventListener("overtaken", ({ detail }) => {
  tellChange(detail.questions, "Somebody else answered first, so your answer was not saved.");
  view?.changed?.(detail.questions);
});
store.addEventListener("others", ({ detail }) => {
  tellChange(detail.questions, "Answered in another window.");
  view?.changed?.(detail.questions);
});
store.addEventListener("refused", ({ detail }) => {
  const box = notice(`Not saved: ${ended(detail.error.message)}`, button("Look", null, () => { box.remove(); goTo(detail.questions[0]); }, { class: "quiet" }));
  view?.changed?.(detail.questions);
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || isTyping(event.target)) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey) {
    if (takeBack()) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || !areOn()) return;
  if (event.key === "?") return showHelp({ content: view instanceof Browse });
  if (keyOf(event) === "u") {
    if (!event.repeat) takeBack();
    return event.preventDefault();
  }
  if (view?.key?.(event)) event.preventDefault();
});
place("show-help").addEventListener("click", () => showHelp({ content: view instanceof Browse }));
undo.addEventListener("click", takeBack);
place("skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
window.addEventListener("popstate", () => { if (store.summary) route(); });
window.addEventListener("beforeunload", (event) => { if (store.outbox.waiting.length > 0) event.preventDefault(); });
window.addEventListener("pagehide", () => store.outbox.flush());

async function start() {
  showKeys();
  try {
    await store.open();
  } catch (error) {
    return fail(error);
  }
  place("name").textContent = store.summary.name;
  document.title = `${store.summary.name}: catsclean review`;
  drawSaved();
  await route();
  performance.mark("ready");
  if (!can.do) await learn();
}

// Whether this catsclean can carry something out from here.
async function learn() {
  can.do = await get("api/job").then(() => true, () => false);
  document.querySelector("[data-tab='do']").hidden = !can.do;
}
start();
