// The pictures of a question, as large as there is room, with what is or would be decided about each.

import * as answers from "./answers.js";
import { button, make, name } from "./dom.js";
import { differencesOf, facts } from "./facts.js";
import { sideFor } from "./pictures.js";
import { number } from "./words.js";

export const MOST_SHOWN = 120;

// `view`: pictures, which makes frames; chosen and kept, rows that stay; most, to be shown; toggle(row), compare(index), showMore().
// Returns the element, and [frame, picture] of those that are worth a sharper picture.
export function makeStage(question, view) {
  const { pictures } = question;
  const shown = pictures.slice(0, view.most), hidden = pictures.length - shown.length;
  const kind = pictures.length === 1 ? "one" : pictures.length === 2 ? "two" : pictures.length <= 4 ? "few" : "many";
  const isUpright = pictures.every((one) => (one.width_px ?? 4) < 1.3 * (one.height_px ?? 3));
  const frames = [];
  const element = make("div", { class: `stage ${kind}${isUpright ? " upright" : ""}` },
    shown.map((one, index) => {
      const { figure, frame } = picture(question, view, one, index);
      if (pictures.length <= 4) frames.push([frame, one]);
      return figure;
    }),
    hidden > 0 && button(`Show ${number(Math.min(MOST_SHOWN, hidden))} more`, null, view.showMore, { class: "more" }));
  return { element, frames };
}

function picture(question, view, one, index) {
  const { pictures } = question;
  const isGroup = answers.isGroup(question), toggles = isGroup && pictures.length > 2;
  const state = isGroup || index === 0 ? stateOf(question, view, one) : "";
  const frame = view.pictures.framed(one, sideFor(pictures.length), [
    question.kind === "label" && make("span", { class: "tag label" }, make("bdi", {}, one.label ?? "no label")),
    tag(question, one, index, state),
  ]);
  const key = keyFor(question, index);
  const figure = make("figure", { class: `picture ${state}` },
    make("button", {
      type: "button", class: "look", "data-row": one.row,
      "aria-label": toggles ? `Keep ${one.path}` : `Compare ${one.path} in full size`,
      "aria-pressed": toggles ? String(view.kept.has(one.row)) : null,
      onclick: () => (toggles ? view.toggle(one.row) : view.compare(index)),
    }, frame),
    make("figcaption", { class: "about" }, key && make("kbd", {}, key), name(one.path), facts(one, differencesOf(pictures, one)),
      isGroup && one.message && make("p", { class: "message", title: one.message }, make("bdi", {}, one.message)),
      (one.notes ?? []).map((note) => make("p", { class: "message note" }, make("bdi", {}, note)))));
  return { figure, frame };
}

// The number that stands for a picture. Numbers of labels are on the buttons: the picture itself
// says its label.
function keyFor(question, index) {
  return question.kind === "copies" && index < 9 ? String(index + 1) : null;
}

// What is, or would be, decided about a picture, as the names of its classes.
function stateOf(question, view, one) {
  const now = view.chosen ? answers.keepOnly(question, [...view.chosen]) : question.answer;
  const action = now?.decisions.find((decision) => decision.row === one.row)?.action;
  if (action) return { keep: "stays", quarantine: "aside", relabel: "stays relabel", fix: "stays fix" }[action];
  return question.kind === "copies" && one === question.pictures[0] ? "suggested" : "";
}

function tag(question, one, index, state) {
  const text = { stays: "stays", aside: "set aside", suggested: "suggested", "stays fix": "fix repairs it" }[state];
  if (text) return make("span", { class: `tag ${state === "aside" ? "aside" : "stays"}` }, text);
  if (state) return make("span", { class: "tag stays" }, "it is ", make("bdi", {}, question.answer.decisions.find((decision) => decision.row === one.row).label));
  return !answers.isGroup(question) && index > 0 && make("span", { class: "tag label" }, "to compare with");
}
