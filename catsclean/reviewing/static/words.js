// What things are called: queues, questions, answers and facts.

const MOST_SHARE = 90;
const TITLES = { "label-conflict": "One picture, two labels", copies: "Duplicates" };
const PROPER = { tensorflow: "TensorFlow", keras: "Keras", gps: "GPS", lfs: "LFS", exif: "Exif", iptc: "IPTC" };

export const number = (value) => value.toLocaleString("en");
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);
// What the server says, as a sentence of its own.
export const ended = (text) => sentence(text.trim()).replace(/[^.!?…]$/, "$&.");

// Of a queue, or of the validator with a name.
export function title(queue) {
  if (queue.title) return queue.title;
  if (Object.hasOwn(TITLES, queue.name)) return TITLES[queue.name];
  const words = queue.name.split("-").map((word) => (Object.hasOwn(PROPER, word) ? PROPER[word] : word));
  return sentence(words.join(" "));
}

export function size(bytes) {
  for (const unit of ["bytes", "kB", "MB", "GB"]) {
    if (bytes < 1000) return `${unit === "bytes" || bytes >= 100 ? Math.round(bytes) : bytes.toFixed(1)} ${unit}`;
    bytes /= 1000;
  }
  return `${bytes.toFixed(1)} TB`;
}

// A value of a measure with its unit.
export function shownMeasure(measure, value) {
  if (measure === "size_bytes") return size(value);
  const text = Number(value.toPrecision(3)).toLocaleString("en");
  if (measure.endsWith("_px")) return `${text} px`;
  return measure.endsWith("_bits") ? `${text} bits` : text;
}

export const pixels = (one) => (one.width_px ? `${number(one.width_px)} × ${number(one.height_px)}` : "no size");

// [name as in `differs`, text] of a picture; a label of null is none, which is not an empty name
export function factsOf(one) {
  return [
    ["label", one.label ?? "no label"], ["split", one.split], ["pixels", pixels(one)], ["size_bytes", size(one.size_bytes)], ["format", one.format ?? "no format"],
  ].filter(([, text]) => text);
}

export function asks(question) {
  if (question.kind === "label") return "Which label is right?";
  if (question.kind === "copies") return "Which copy stays?";
  if (question.kind === "relabel") return `Is it ${question.suggested[0]?.label || question.pictures[0].suggested}?`;
  return "Keep it?";
}

// Why it is asked, in words.
export function why(question) {
  const { pictures } = question;
  if (pictures.length > 2 || question.kind === "copies" || question.kind === "label") {
    if (pictures.length === 2) return pairSaid(question.kind, pictures);
    return question.kind === "label"
      ? `${count(pictures.length, "copy", "copies")} of one picture, under different labels.`
      : `${count(pictures.length, "copy", "copies")} of one picture. The suggested one comes first; differences from it are coloured.`;
  }
  return sentence(pictures[0].message || "Somebody should look at it");
}

// Two copies in a sentence with their numbers; what the server says of each stands beside it.
function pairSaid(kind, pictures) {
  if (kind === "label") return `One picture with two labels: picture 1 is ${pictures[0].label ?? "without a label"}, picture 2 is ${pictures[1].label ?? "without a label"}.`;
  const at = pictures[1].message ? 1 : 0;
  const [it, other] = [`Picture ${at + 1}`, `picture ${2 - at}`];
  const { message } = pictures[at];
  const altered = /^altered copy of the other one \((.+?)\)/.exec(message);
  if (altered) return `${it} is an altered copy of ${other}: ${altered[1]}`;
  const same = /^(same \w+) as the other one/.exec(message);
  if (same) return same[1] === "same picture" ? `${it} is the same picture as ${other}` : `${it} has the ${same[1]} as ${other}`;
  return message ? `${it}: ${message}` : "Two copies of one picture";
}

const DONE = { keep: "keep", quarantine: "set aside", fix: "fix it" };

// What an answer did, such as "Kept a.jpg, set b.jpg aside".
export function given(question, answer) {
  const paths = (action) => answer.decisions.filter((one) => one.action === action).map((one) => pathOf(question, one.row));
  const named = (list) => (list.length > 2 ? number(list.length) : list.join(" and "));
  const [kept, aside, fixed] = [paths("keep"), paths("quarantine"), paths("fix")];
  if (answer.different) return `Different pictures: kept ${named(kept)}`;
  const labelled = answer.decisions.filter((one) => one.action === "relabel").map((one) => `${pathOf(question, one.row)} is ${one.label}`);
  return sentence([...labelled, kept.length > 0 && `kept ${named(kept)}`, aside.length > 0 && `set ${named(aside)} aside`, fixed.length > 0 && `left ${named(fixed)} to fix`].filter(Boolean).join(", "));
}

// An answer in words, such as "keep a.jpg, set b.jpg aside".
export function answered(question, answer) {
  if (!answer) return "open";
  if (answer.different) return "these are different pictures";
  const by = { keep: [], quarantine: [], relabel: [] };
  for (const one of answer.decisions) by[one.action]?.push(one);
  const named = (list, verb) => (list.length > 2 || question.pictures.length === 1 ? null : list.map((one) => verb(pathOf(question, one.row))));
  if (question.pictures.length === 1 || answer.decisions.length === 1) {
    const [one] = answer.decisions;
    return one.action === "relabel" ? `it is ${one.label}` : DONE[one.action];
  }
  return [
    ...by.relabel.map((one) => `${pathOf(question, one.row)} is ${one.label}`),
    ...(named(by.keep, (path) => `keep ${path}`) ?? [`keep ${number(by.keep.length)}`]),
    ...(by.quarantine.length ? named(by.quarantine, (path) => `set ${path} aside`) ?? [`set ${number(by.quarantine.length)} aside`] : []),
  ].join(", ");
}

function pathOf(question, row) {
  return question.pictures.find((one) => one.row === row)?.path ?? "another picture";
}

// What one button does to several pictures: "Set 3 aside, keep 21".
export function summed(decisions) {
  const of = (action) => decisions.filter((one) => one.action === action).length;
  const [keep, aside, relabel, fix] = [of("keep"), of("quarantine"), of("relabel"), of("fix")];
  const parts = [aside && `set ${number(aside)} aside`, relabel && `relabel ${number(relabel)}`, fix && `fix ${number(fix)}`, keep && `keep ${aside || relabel || fix ? "" : "these "}${number(keep)}`];
  return sentence(parts.filter(Boolean).join(", "));
}

// Why shares in percent, or the name of a folder, cannot be used for a split; empty if they can.
export function faultOfSplit(val, test, output) {
  const isShare = (text) => /^\d+$/.test(text.trim()) && Number(text) <= MOST_SHARE;
  if (![val, test].every(isShare)) return `Each share must be a whole number from 0 to ${MOST_SHARE}.`;
  if (Number(val) + Number(test) === 0) return "One of the shares must be more than 0.";
  if (Number(val) + Number(test) >= 100) return "Together the shares must be below 100: the rest is for training.";
  if (output === "") return "The new folder needs a name.";
  if (/[\\/]/.test(output)) return "The folder needs a plain name, without slashes.";
  if (output.startsWith(".")) return "The name of the folder cannot start with a dot.";
  return "";
}

// Why a label that somebody typed cannot be used; empty if it can. The server has the last word.
export function faultOf(label, known) {
  if (known.includes(label)) return "";
  const fold = (text) => text.normalize("NFC").toLowerCase();
  const same = known.find((one) => fold(one) === fold(label));
  if (same !== undefined) return `The label is written ${same}.`;
  if (/[\\/]/.test(label)) return "A new label cannot have a slash in its name.";
  if (label.startsWith(".")) return "A new label cannot start with a dot.";
  return "";
}
