// Pictures: as large as they are shown, decoded before they are asked about.

import { make } from "./dom.js";
import { addressOf } from "./wire.js";

const [THUMB, SMALL, MEDIUM, LARGE] = [160, 320, 640, 4096];
const MOST_WARM = 64;
// of a large group, those that are seen first
const MOST_AHEAD = 6;
// a picture is looked at, not passed over
const DWELL_MS = 350;
const MOST_ENLARGED = 4;
const [MOST_TRIES, RETRY_MS] = [3, 700];

export const sides = { THUMB, SMALL, MEDIUM, LARGE };

export const sideFor = (pictures) => (pictures > 4 ? SMALL : MEDIUM);

export class Pictures {
  constructor(wire) {
    Object.assign(this, { wire, warm: new Map(), addresses: new WeakMap(), failed: new WeakSet() });
  }

  // Lets an image show what has an address: at once, or when it has come.
  show(image, address) {
    this.addresses.set(image, address);
    this.failed.delete(image);
    const found = this.wire.source(address);
    if (typeof found === "string") image.src = found;
    else return found.then((source) => this.#arrive(image, address, source), () => this.#miss(image, address));
  }

  // As `show`; resolves when it is decoded.
  async decode(image, address) {
    await this.show(image, address);
    return image.decode();
  }

  // What came as a message needs its address no more once the image has it.
  #arrive(image, address, source) {
    for (const kind of ["load", "error"]) image.addEventListener(kind, () => URL.revokeObjectURL(source), { once: true });
    if (this.addresses.get(image) === address) image.src = source;
    else URL.revokeObjectURL(source);
  }

  #miss(image, address) {
    if (this.addresses.get(image) !== address) return;
    this.failed.add(image);
    image.dispatchEvent(new Event("error"));
  }

  // An image that shows nothing yet knows nothing of what it showed before.
  clear(image) {
    this.addresses.delete(image);
    image.removeAttribute("src");
  }

  // Fetches and decodes a picture that will be shown soon.
  warmUp(one, side) {
    const address = addressOf(one, side), { warm } = this;
    if (warm.has(address)) return;
    const image = new Image();
    this.decode(image, address).catch(() => {});
    warm.set(address, image);
    if (warm.size > MOST_WARM) warm.delete(warm.keys().next().value);
  }

  warmUpAll(pictures) {
    for (const one of pictures.slice(0, MOST_AHEAD)) this.warmUp(one, sideFor(pictures.length));
  }

  #take(address) {
    const image = this.warm.get(address) ?? new Image();
    this.warm.delete(address);
    if (this.addresses.get(image) !== address) this.show(image, address);
    return image;
  }

  // A server that is busy drops what it was asked for first: such a picture is asked for again.
  askAgain(image, one, failed) {
    let tries = 0, asked = "";
    image.addEventListener("error", () => {
      const address = this.addresses.get(image);
      tries = asked === address ? tries + 1 : 1;
      asked = address;
      if (!one().width_px || tries > MOST_TRIES) return failed();
      setTimeout(() => { if (this.addresses.get(image) === address) this.show(image, address); }, RETRY_MS * tries);
    });
  }

  // A frame with a picture as large as there is room. `more` lies over the picture.
  framed(one, side, more = []) {
    const image = this.#take(addressOf(one, side));
    image.alt = "";
    image.draggable = false;
    const box = make("div", { class: "fit" }, image, more);
    const frame = make("div", { class: "frame" }, box);
    const shape = () => {
      const [width, height] = image.naturalWidth ? [image.naturalWidth, image.naturalHeight] : [one.width_px ?? 4, one.height_px ?? 3];
      box.style.setProperty("--ratio", String(width / height));
      // a tiny picture is not blown up to a blur
      box.style.setProperty("--most", `${MOST_ENLARGED * Math.max(one.width_px ?? 0, one.height_px ?? 0, 48)}px`);
    };
    const fail = () => {
      frame.classList.add("failed");
      box.replaceChildren(make("p", { class: "none" }, none(one)), ...more.filter(Boolean));
    };
    shape();
    // it failed before anybody listened
    if (image.src && image.complete && !image.naturalWidth) image.decode().catch(() => image.dispatchEvent(new Event("error")));
    else if (this.failed.has(image)) setTimeout(() => image.dispatchEvent(new Event("error")));
    image.addEventListener("load", shape);
    this.askAgain(image, () => one, fail);
    return frame;
  }

  // Replaces pictures by sharper ones, if somebody stays with them; returns what stops it.
  sharpen(frames) {
    const timer = setTimeout(() => {
      for (const [frame, one] of frames) {
        const image = frame.querySelector("img");
        const shown = Math.max(frame.clientWidth, frame.clientHeight) * devicePixelRatio;
        if (!image || Math.max(one.width_px ?? 0, one.height_px ?? 0) <= MEDIUM * 1.1 || shown <= MEDIUM * 1.1) continue;
        const sharp = new Image();
        sharp.alt = "";
        this.decode(sharp, addressOf(one, LARGE)).then(() => { if (image.isConnected) image.replaceWith(sharp); }, () => {});
      }
    }, DWELL_MS);
    return () => clearTimeout(timer);
  }
}

function none(one) {
  if (one.size_bytes === 0) return "The file is empty";
  return one.width_px ? "The picture cannot be shown" : "No picture can be made of this file";
}
