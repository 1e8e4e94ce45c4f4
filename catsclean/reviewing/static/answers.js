// What a key or button means for a question: the decisions, by row.

const decide = (row, action, label = "") => ({ row, action, label });
const answer = (decisions, different = false) => ({ decisions, different });

export const isGroup = (question) => question.kind === "label" || question.kind === "copies";

// The pictures that a question is about: beside a single one another may stand to compare with.
export const asked = (question) => (isGroup(question) ? question.pictures : question.pictures.slice(0, 1));

export const suggested = (question) => (question.suggested.length ? answer(question.suggested) : null);

export const keepAll = (question) => answer(asked(question).map((one) => decide(one.row, "keep")));

export const setAside = (question) => answer(asked(question).map((one) => decide(one.row, "quarantine")));

// One that no queue asks: somebody chose its picture.
export const isByHand = (question) => question.queue === "";

export const fix = (question) => answer(asked(question).map((one) => decide(one.row, "fix")));

export const areDifferent = (question) => answer(asked(question).map((one) => decide(one.row, "keep")), true);

export const keepOnly = (question, rows) => answer(asked(question).map((one) => decide(one.row, rows.includes(one.row) ? "keep" : "quarantine")));

// The best copy with that label stays as it is; if none has it, the best of all gets it.
// A single picture keeps its label or gets another one.
export function isLabel(question, label) {
  const pictures = asked(question);
  const best = pictures.find((one) => one.label === label);
  const [stays, action] = best ? [best, "keep"] : [pictures[0], "relabel"];
  return answer(pictures.map((one) => (one === stays ? decide(one.row, action, best ? "" : label) : decide(one.row, "quarantine"))));
}

// The labels that number keys stand for, always the same: those of the data set in their order.
// Of more than nine, one is chosen in a dialog.
const MOST_NUMBERED = 9;
export const numbered = (labels) => (labels.length > MOST_NUMBERED ? [] : labels);

// The labels of a question, in the order of the data set: those that its copies have, or that a
// single picture has and might have.
export function labelsOf(question, labels) {
  const own = new Set(asked(question).flatMap((one) => [one.label, question.kind === "relabel" && one.suggested]).filter(Boolean));
  return [...new Set([...labels, ...own])].filter((label) => own.has(label));
}

// What a page of 24 proposes for a picture, and what a click makes of it.
export function proposed(question) {
  return question.answer ?? suggested(question) ?? keepAll(question);
}
export function other(question, now) {
  const first = suggested(question) ?? keepAll(question);
  const is = (one, action) => one.decisions[0].action === action;
  if (is(now, first.decisions[0].action)) return is(first, "keep") || is(first, "fix") ? setAside(question) : keepAll(question);
  return first;
}

// A picture without a label gets one if somebody chose it.
export const canRelabel = (question) => (question.pictures[0].label !== null || isByHand(question)) && question.kind !== "copies";
