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

const warm = new Map();

export const sideFor = (pictures) => (pictures > 4 ? SMALL : MEDIUM);

// Fetches and decodes a picture that will be shown soon.
export function warmUp(one, side) {
  const address = addressOf(one, side);
  if (warm.has(address)) return;
  const image = new Image();
  image.src = address;
  image.decode().catch(() => {});
  warm.set(address, image);
  if (warm.size > MOST_WARM) warm.delete(warm.keys().next().value);
}

export function warmUpAll(pictures) {
  for (const one of pictures.slice(0, MOST_AHEAD)) warmUp(one, sideFor(pictures.length));
}

function take(address) {
  const image = warm.get(address) ?? new Image();
  warm.delete(address);
  if (!image.src) image.src = address;
  return image;
}

// A server that is busy drops what it was asked for first: such a picture is asked for again.
export function askAgain(image, one, failed) {
  let tries = 0;
  image.addEventListener("error", () => {
    const { src } = image;
    tries = image.dataset.asked === src ? tries + 1 : 1;
    image.dataset.asked = src;
    if (!one().width_px || tries > MOST_TRIES) return failed();
    setTimeout(() => { if (image.src === src) image.src = src; }, RETRY_MS * tries);
  });
}

// A frame with a picture as large as there is room. `more` lies over the picture.
export function framed(one, side, more = []) {
  const image = take(addressOf(one, side));
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
  if (image.complete && !image.naturalWidth) image.decode().catch(() => image.dispatchEvent(new Event("error")));
  image.addEventListener("load", shape);
  askAgain(image, () => one, fail);
  return frame;
}

function none(one) {
  if (one.size_bytes === 0) return "The file is empty";
  return one.width_px ? "The picture cannot be shown" : "No picture can be made of this file";
}

// Replaces pictures by sharper ones, if somebody stays with them; returns what stops it.
export function sharpen(frames) {
  const timer = setTimeout(() => {
    for (const [frame, one] of frames) {
      const image = frame.querySelector("img");
      const shown = Math.max(frame.clientWidth, frame.clientHeight) * devicePixelRatio;
      if (!image || Math.max(one.width_px ?? 0, one.height_px ?? 0) <= MEDIUM * 1.1 || shown <= MEDIUM * 1.1) continue;
      const sharp = new Image();
      sharp.alt = "";
      sharp.src = addressOf(one, LARGE);
      sharp.decode().then(() => { if (image.isConnected) image.replaceWith(sharp); }, () => {});
    }
  }, DWELL_MS);
  return () => clearTimeout(timer);
}

export const sides = { THUMB, SMALL, MEDIUM, LARGE };
