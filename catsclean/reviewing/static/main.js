// The page of a review.

import { Browse } from "./browse.js";
import { Desk } from "./desk.js";
import { FetchWire } from "./fetch_wire.js";
import { Pictures } from "./pictures.js";
import { Room } from "./room.js";

const POLL_MS = 2_000;

// The whole page; each review has an address of its own, and each tab its own storage.
class PageRoom extends Room {
  constructor() {
    const wire = new FetchWire(document.querySelector('meta[name="change"]').content);
    const named = (name) => `${name} ${location.pathname}`;
    const memory = {
      get: (name) => sessionStorage.getItem(named(name)),
      set: (name, text) => sessionStorage.setItem(named(name), text),
    };
    super({ root: document, floor: document.body, wire, pictures: new Pictures(wire), memory });
    this.frame = document.body;
  }

  get isUnfocused() {
    return document.activeElement === document.body;
  }

  get address() {
    return location.hash;
  }

  push(address) {
    if (location.hash !== address) history.pushState(null, "", address);
  }

  replace(address) {
    history.replaceState(history.state, "", address);
  }

  async keys() {
    return (await this.wire.ask("static/keys.json")).json();
  }

  whileSeen(act) {
    setInterval(() => { if (!document.hidden) act(); }, POLL_MS);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) act(); });
  }
}

const room = new PageRoom();
const desk = new Desk(room, { Browse });
document.addEventListener("keydown", (event) => { if (desk.key(event)) event.preventDefault(); });
room.place("skip").addEventListener("click", (event) => { event.preventDefault(); desk.main.focus(); });
addEventListener("popstate", () => { if (desk.store.summary) desk.route(); });
desk.open().then((isOpen) => {
  if (!isOpen) return;
  document.title = `${desk.store.summary.name}: catsclean review`;
  performance.mark("ready");
});
