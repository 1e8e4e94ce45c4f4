// The review in a cell of a notebook. It has a shadow root: styles and keys of the notebook and of
// the review do not meet.

import { Desk } from "./desk.js";
import { draw, make } from "./dom.js";
import { MessageWire } from "./message_wire.js";
import { Pictures } from "./pictures.js";
import { Room } from "./room.js";
import { keys, styles } from "./shared.js";

const POLL_MS = 5_000;
const DARK = 128;

class CellRoom extends Room {
  constructor(root, frame, wire) {
    const kept = new Map();
    const memory = { get: (name) => kept.get(name) ?? null, set: (name, text) => kept.set(name, text) };
    super({ root, floor: root, wire, pictures: new Pictures(wire), memory });
    Object.assign(this, { frame, address: "", keys: async () => keys });
  }

  // Focus that is nowhere is left to the notebook.
  get isUnfocused() {
    return false;
  }

  push(address) {
    this.address = address;
  }

  replace(address) {
    this.address = address;
  }

  // A kernel that nobody uses may rest: it is asked only while somebody is in the cell.
  whileSeen(act) {
    const timer = setInterval(() => { if (this.focused) act(); }, POLL_MS);
    this.leaving.signal.addEventListener("abort", () => clearInterval(timer));
    this.root.addEventListener("focusin", (event) => { if (!this.frame.contains(event.relatedTarget)) act(); });
  }

  close() {
    super.close();
    this.wire.close();
  }
}

function makeFrame() {
  const quiet = { type: "button", class: "quiet" };
  const tab = (name, text, hidden) => make("a", { href: `#/${name}`, "data-tab": name, hidden }, text);
  return make("div", { class: "desk", tabindex: "-1" },
    make("div", { class: "top" },
      make("p", { class: "brand" }, draw("svg", { viewBox: "0 0 32 32", width: "24", height: "24", "aria-hidden": "true", focusable: "false" },
        draw("path", { d: "M4 4l8 5h8l8-5v15a12 9 0 0 1-24 0z" }), draw("path", { class: "tick", d: "M10.5 18.5l3.8 3.8 7.2-8" })), make("bdi", { id: "name" }, "catsclean"), " ", make("span", {}, "review")),
      make("nav", { class: "tabs", "aria-label": "Views" }, tab("decide", "Decide", false), tab("do", "Do", true)),
      make("p", { class: "given", id: "given", "aria-hidden": "true" }), make("p", { class: "saved", id: "saved", role: "status" }),
      make("button", { ...quiet, id: "undo", disabled: true }, "Undo ", make("kbd", {}, "U")), make("button", { ...quiet, id: "show-help" }, "Keys ", make("kbd", {}, "?"))),
    make("div", { class: "page", id: "page" },
      make("nav", { class: "rail", id: "rail", "aria-label": "Questions" }),
      make("div", { id: "main", tabindex: "-1", role: "group", "aria-label": "Question" }, make("div", { class: "empty" }, make("p", {}, "Waiting for the kernel…")))),
    make("div", { class: "notices", id: "notices", role: "alert" }),
    make("p", { class: "hidden", id: "spoken", "aria-live": "polite" }));
}

// Whether what lies behind an element is dark, as the theme of the notebook makes it.
function isDark(element) {
  for (let at = element; at; at = at.parentElement ?? at.getRootNode().host) {
    const [red, green, blue, alpha = 1] = getComputedStyle(at).backgroundColor.match(/[\d.]+/g)?.map(Number) ?? [];
    if (alpha > 0.5) return 0.299 * red + 0.587 * green + 0.114 * blue < DARK;
  }
  return false;
}

function followTheme(host, signal) {
  const look = () => { host.style.colorScheme = isDark(host.parentElement) ? "dark" : "light"; };
  const changes = new MutationObserver(look);
  for (const element of [document.documentElement, document.body]) changes.observe(element, { attributes: true });
  signal.addEventListener("abort", () => changes.disconnect());
  look();
}

// The view that stays in the saved notebook is not shown beside the review itself.
function hideSavedView(name, signal) {
  const style = make("style", {}, `.${CSS.escape(name)} { display: none !important; }`);
  document.head.append(style);
  signal.addEventListener("abort", () => style.remove());
}

// Keys belong to the review while the focus is in it, and never to the notebook's cells, too.
function takeKeys(shadow, host, desk) {
  shadow.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (desk.key(event)) return event.preventDefault();
    // saving is the notebook's
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s" && !host.parentElement.dispatchEvent(new KeyboardEvent("keydown", event))) event.preventDefault();
  });
  for (const kind of ["keyup", "keypress"]) shadow.addEventListener(kind, (event) => event.stopPropagation());
}

export function render({ model, el }) {
  // JupyterLab looks for this before it looks for shortcuts
  const host = make("div", { "data-lm-suppress-shortcuts": "true" });
  el.append(host);
  const shadow = host.attachShadow({ mode: "open" }), frame = makeFrame();
  shadow.append(make("style", {}, styles), make("div", { class: "widget" }, frame));
  const room = new CellRoom(shadow, frame, new MessageWire(model)), { signal } = room.leaving;
  const desk = new Desk(room);
  takeKeys(shadow, host, desk);
  shadow.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#/']");
    if (!link) return;
    event.preventDefault();
    room.push(link.getAttribute("href"));
    desk.route();
  });
  followTheme(host, signal);
  const opened = () => { if (!signal.aborted) hideSavedView(model.get("saved_view"), signal); };
  desk.store.addEventListener("counts", opened, { once: true });
  desk.open();
  return () => {
    desk.close();
    host.remove();
  };
}


