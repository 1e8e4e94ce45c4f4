"use strict";
// What is chosen.  Every name comes from the page's own data and is only ever compared or written
// to the file: nothing is parsed as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const questions = Array.from(document.querySelectorAll("[data-question]"));
// no question, but a choice: what leaves by itself, is kept by an earlier decision, can be repaired,
// or has no finding
const OPTIONAL = "[data-safe], [data-self], [data-kept], [data-repair], [data-offer]";
const CHOICES = `[data-question], ${OPTIONAL}`;
const optional = Array.from(document.querySelectorAll(OPTIONAL));
const inputs = Array.from(document.querySelectorAll(".group input, .ask input"));
const statusLine = document.getElementById("status");
const meter = document.getElementById("meter");
const MOST_UNDONE = 200;
const past = [];
let present = snapshot();
let unsaved = false;
// entries of a file that was loaded which this page does not ask about: [path, entry]
const carried = new Map();

function membersOf(group) {
  return Array.from(group.querySelectorAll(".member[data-picture]"), (m) => Number(m.dataset.picture));
}

// A group's answer: which of its pictures stay; null while it is undecided.
function answerOfGroup(group) {
  const value = group.querySelector('.options input:checked, .one input:checked')?.value ?? "";
  if (value === "") return null;
  const members = membersOf(group);
  if (value === "all") return members.map((id) => [id, "keep"]);
  const kept = value === "each"
    ? Array.from(group.querySelectorAll("[data-keep]:checked"), (box) => Number(box.dataset.keep))
    : [Number(value)];
  if (kept.length === 0) return null;
  return members.map((id) => [id, kept.includes(id) ? "keep" : "quarantine"]);
}

function answerOf(question) {
  if (question.matches(".group")) return answerOfGroup(question);
  const value = question.querySelector(".ask input:checked")?.value ?? "";
  const label = newLabelOf(question);
  if (value === "" || (value === "relabel" && (label === "" || faultOf(label)))) return null;
  return [[Number(question.dataset.picture), value]];
}

// The class that was typed or suggested for a picture.
function newLabelOf(card) {
  return card.querySelector("[data-new-label]")?.value.trim() ?? "";
}

// Why a typed class cannot be used; empty if it can. What only `clean` knows, it refuses itself.
function faultOf(label) {
  const known = Array.from(document.querySelectorAll("#classes option"), (option) => option.value);
  // of more classes than this the page does not list all
  if (label === "" || known.includes(label) || known.length >= 500) return "";
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const same = known.find((one) => fold(one) === fold(label));
  if (same !== undefined) return `The class is called ${same}.`;
  if (/[\\/]/.test(label)) return "A new class cannot have a slash in its name.";
  if (label.startsWith(".")) return "A new class cannot start with a dot.";
  if (/^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i.test(label)) return `${label} is the name of a device on Windows.`;
  if (/^(train|training|val|valid|validation|test|testing)$/i.test(label)) return `${label} is the name of a split.`;
  return "";
}

function entries() {
  const found = new Map(carried);
  for (const question of [...questions, ...optional]) {
    for (const [id, action] of answerOf(question) ?? []) {
      const [path, sha256, kept] = data.pictures[id];
      // what was decided to be kept stays so: it is not decided again
      if (!sha256 || (kept && action === "keep")) continue;
      const entry = { path, action, sha256, reason: question.dataset.validator.split(" ")[0] };
      if (action === "relabel") entry.label = newLabelOf(question);
      found.set(path, entry);
    }
  }
  return Array.from(found.values());
}

function showFault(card) {
  const place = card.querySelector(".fault");
  if (place) place.textContent = faultOf(newLabelOf(card));
}

// Shows what an answer does to a card, or to the members of a group.
function mark(item, answer) {
  showFault(item);
  item.classList.toggle("decided", answer !== null);
  if (!item.matches(".group")) {
    item.classList.toggle("leaving", item.matches("[data-safe]") ? !answer : answer?.[0][1] === "quarantine");
    return;
  }
  const actions = new Map(answer ?? []);
  for (const member of item.querySelectorAll(".member")) {
    const action = actions.get(Number(member.dataset.picture ?? -1));
    member.classList.toggle("staying", action === "keep");
    member.classList.toggle("leaving", action === "quarantine");
  }
}

// Whether an answer keeps a file that would leave.
function spares(item, answer) {
  if (item.matches("[data-safe]")) return true;
  const best = Number(item.querySelector("[data-best]")?.dataset.picture);
  return item.matches("[data-self]") && answer.some(([id, action]) => (id === best) !== (action === "keep"));
}

// Whether it only repeats what happens anyway.
function changesNothing(item, answer) {
  return item.matches("[data-self]") || (item.matches("[data-kept]") && answer.every(([, action]) => action === "keep"));
}

function refresh() {
  let decided = 0;
  for (const question of questions) {
    const answer = answerOf(question);
    mark(question, answer);
    decided += answer !== null;
  }
  let spared = 0;
  let others = 0;
  for (const item of optional) {
    const answer = answerOf(item);
    mark(item, answer);
    if (answer === null) continue;
    if (spares(item, answer)) spared += 1;
    else if (!changesNothing(item, answer)) others += 1;
  }
  if (!statusLine) return;
  const number = (value) => value.toLocaleString("en");
  statusLine.textContent = (questions.length ? `${number(decided)} of ${number(questions.length)} decided` : "Nothing waits for you")
    + (spared ? `, ${number(spared)} safe kept` : "")
    + (others ? `, ${number(others)} other${others === 1 ? "" : "s"} decided` : "");
  meter.value = decided;
  download.disabled = entries().length === 0;
}

function snapshot() {
  return Uint8Array.from(inputs, (input) => input.checked);
}

// Something was chosen: remember what was before.
function chosen() {
  past.push(present);
  if (past.length > MOST_UNDONE) past.shift();
  present = snapshot();
  unsaved = true;
  refresh();
}

function undo() {
  if (past.length === 0) return false;
  present = past.pop();
  present.forEach((checked, at) => { inputs[at].checked = Boolean(checked); });
  unsaved = true;
  refresh();
  return true;
}

document.addEventListener("change", (event) => {
  if (event.target.matches(".group input, .ask input, [data-new-label]")) chosen();
});

document.addEventListener("click", (event) => {
  const one = event.target.closest("[data-bulk]");
  const all = event.target.closest("[data-bulk-groups]");
  if (!one && !all) return;
  const undecided = ":is([data-question], [data-self]):not([hidden]):not(.decided)";
  const wanted = one
    ? Array.from(one.closest(".gallery, .part").querySelectorAll(`.card${undecided}`),
        (card) => card.querySelector(`.ask input[value="${one.dataset.bulk}"]`))
    : Array.from(document.querySelectorAll(`#copies .group${undecided}`),
        (group) => group.querySelector("[data-best] .one input"));
  for (const input of wanted) if (input) input.checked = true;
  if (wanted.length) chosen();
});
