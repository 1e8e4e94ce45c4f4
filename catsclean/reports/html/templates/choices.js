"use strict";
// Choices and the download.  Every name comes from the page's own data and is only ever
// compared or written to the file: nothing is parsed as markup.

const data = JSON.parse(document.getElementById("data").textContent);
const questions = Array.from(document.querySelectorAll("[data-question]"));
const statusLine = document.getElementById("status");
const meter = document.getElementById("meter");
const download = document.getElementById("download");
let unsaved = false;

// A group's answer: which of its pictures stay; null while it is undecided.
function answerOfGroup(group) {
  const value = group.querySelector('.options input:checked, .one input:checked')?.value ?? "";
  if (value === "") return null;
  const members = Array.from(group.querySelectorAll(".member"), (m) => Number(m.dataset.picture));
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
  return value === "" ? null : [[Number(question.dataset.picture), value]];
}

function refresh() {
  let decided = 0;
  for (const question of questions) {
    const answer = answerOf(question);
    question.classList.toggle("decided", answer !== null);
    if (answer === null) continue;
    decided += 1;
    if (!question.matches(".group")) {
      question.classList.toggle("leaving", answer[0][1] === "quarantine");
    }
  }
  for (const group of document.querySelectorAll(".group")) {
    const answer = new Map(answerOfGroup(group) ?? []);
    for (const member of group.querySelectorAll(".member")) {
      const action = answer.get(Number(member.dataset.picture));
      member.classList.toggle("staying", action === "keep");
      member.classList.toggle("leaving", action === "quarantine");
    }
  }
  for (const card of document.querySelectorAll(".card[data-question]:not(.decided)")) {
    card.classList.remove("leaving");
  }
  if (statusLine) {
    statusLine.textContent = `${decided.toLocaleString("en")} of ${questions.length.toLocaleString("en")} decided`;
    meter.value = decided;
    download.disabled = decided === 0;
  }
}

function decisions() {
  const entries = [];
  for (const question of questions) {
    for (const [id, action] of answerOf(question) ?? []) {
      const [path, sha256] = data.pictures[id];
      // a file that could not be read has no digest, so that nothing can be decided about it
      if (sha256) entries.push({ path, action, sha256, reason: question.dataset.validator.split(" ")[0] });
    }
  }
  return {
    schema_version: data.schema_version,
    kind: data.kind,
    root: data.root,
    decisions: entries,
  };
}

function save() {
  const blob = new Blob([JSON.stringify(decisions(), null, 1) + "\n"], { type: "application/json" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = "decisions.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  unsaved = false;
}

document.addEventListener("change", (event) => {
  if (event.target.closest("#filters")) return;
  unsaved = true;
  refresh();
});

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-bulk]");
  if (!button) return;
  const cards = button.closest(".gallery").querySelectorAll(".card[data-question]:not([hidden]):not(.decided)");
  for (const card of cards) card.querySelector(`.ask input[value="${button.dataset.bulk}"]`).checked = true;
  unsaved = true;
  refresh();
});

if (download) download.addEventListener("click", save);

window.addEventListener("beforeunload", (event) => {
  if (unsaved) event.preventDefault();
});

refresh();
