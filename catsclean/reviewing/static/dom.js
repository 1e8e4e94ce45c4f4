// Making elements: names and labels are only ever text, never markup.

const SVG = "http://www.w3.org/2000/svg";

// make("p", { class: "x" }, "text", child); children that are null or a boolean are left out
export function make(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function draw(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && typeof child !== "boolean"));
  return element;
}

export function button(text, key, act, attributes = {}) {
  return make("button", { type: "button", onclick: act, ...attributes }, make("span", { class: "text" }, text), [key ?? []].flat().map((one) => [" ", make("kbd", {}, one)]));
}

// A path; where room is short, its end matters most.
export function name(path) {
  const at = path.lastIndexOf("/") + 1;
  return make("span", { class: "path", title: path },
    make("bdi", { class: "folder" }, path.slice(0, at)), make("bdi", { class: "file" }, halves(path.slice(at))));
}

const [LONG, TAIL] = [20, 9];
const RIGHT_TO_LEFT = /[\u0590-\u08ff\u200e-\u202e\u2066-\u2069\ufb1d-\ufefc]/;

// A long name of a file in two parts: where there is no room, its middle is cut.
function halves(file) {
  const letters = [...file];
  if (letters.length < LONG || RIGHT_TO_LEFT.test(file)) return file;
  return [make("span", { class: "start" }, letters.slice(0, -TAIL).join("")), make("span", { class: "tail" }, letters.slice(-TAIL).join(""))];
}

export const isTyping = (target) => Boolean(target.matches?.("input:not([type='checkbox'], [type='radio'], [type='range']), select, textarea"));

// Undo as everywhere, whether single keys are on or not.
export const isControlZ = (event) => (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey;

// The key of an event: letters in lower case, digits whatever the layout needs to type them.
export function keyOf(event) {
  if (!event.shiftKey && /^Digit[0-9]$/.test(event.code)) return event.code.slice(5);
  return event.key.length === 1 ? event.key.toLowerCase() : event.key;
}
