// What things are called: queues, questions, answers and facts.

const TITLES = { "label-conflict": "One picture, two labels", copies: "Duplicates" };
const PROPER = { tensorflow: "TensorFlow", keras: "Keras", gps: "GPS", lfs: "LFS", exif: "Exif", iptc: "IPTC" };

export const number = (value) => value.toLocaleString("en");
export const count = (value, one, many = `${one}s`) => `${number(value)} ${value === 1 ? one : many}`;
export const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1);

export function title(queue) {
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
    if (pictures.length === 2) {
      const said = pictures.map((one) => one.message).filter(Boolean);
      if (question.kind === "label") return sentence(said[0] ?? "the same picture with two labels");
      return sentence(said.at(-1) ?? "copies of one picture");
    }
    return question.kind === "label"
      ? `${count(pictures.length, "copy", "copies")} of one picture, under different labels.`
      : `${count(pictures.length, "copy", "copies")} of one picture. The suggested one comes first; differences from it are coloured.`;
  }
  return sentence(pictures[0].message || "Somebody should look at it");
}

const DONE = { keep: "keep", quarantine: "set aside" };

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
  const [keep, aside, relabel] = [of("keep"), of("quarantine"), of("relabel")];
  const parts = [aside && `set ${number(aside)} aside`, relabel && `relabel ${number(relabel)}`, keep && `keep ${aside || relabel ? "" : "these "}${number(keep)}`];
  return sentence(parts.filter(Boolean).join(", "));
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
