// The map: the name of the picture at hand, and from it to its card.

const plane = document.getElementById("plane");
const points = Array.from(plane?.querySelectorAll("svg > use") ?? [], (element) => ({
  x: Number(element.getAttribute("x")),
  y: Number(element.getAttribute("y")),
  name: element.querySelector("title").textContent,
  path: element.dataset.at === undefined ? null : data.pictures[element.dataset.at][0],
}));
let at = null; // the point at hand

function nearest(x, y, fits) {
  let best = null;
  let least = Infinity;
  for (const point of points) {
    const far = (point.x - x) ** 2 + (point.y - y) ** 2;
    if (far < least && fits(point)) [best, least] = [point, far];
  }
  return best;
}

function tellPoint(point) {
  if (!point || point === at) return;
  at = point;
  const here = document.getElementById("here");
  here.removeAttribute("hidden");
  here.setAttribute("cx", point.x);
  here.setAttribute("cy", point.y);
  const name = document.createElement("bdi");
  name.textContent = point.name;
  const known = images.get(point.path);
  const parts = [name];
  if (known) {
    const image = new Image();
    Object.assign(image, { src: known.src, alt: "" });
    parts.unshift(image);
  }
  parts.push(holders.has(point.path) ? " Enter or a click goes to its card." : " It has no card on this page.");
  document.getElementById("plane-name").replaceChildren(...parts);
}

function followPoint() {
  const holder = at && holders.get(at.path);
  if (holder) goTo(holder);
}

function placeOf(event) {
  const box = plane.querySelector("svg");
  const { left, top, width } = box.getBoundingClientRect();
  const scale = box.viewBox.baseVal.width / width;
  return [(event.clientX - left) * scale, (event.clientY - top) * scale];
}

plane?.addEventListener("pointermove", (event) => tellPoint(nearest(...placeOf(event), () => true)));
plane?.addEventListener("click", (event) => {
  tellPoint(nearest(...placeOf(event), () => true));
  followPoint();
});
plane?.addEventListener("keydown", (event) => {
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  if (event.key === "Enter") return followPoint();
  if (!way) return;
  event.preventDefault();
  if (!at) return tellPoint(nearest(0, 0, () => true));
  const { x, y } = at;
  tellPoint(nearest(x, y, (point) => {
    const along = (point.x - x) * way[0] + (point.y - y) * way[1];
    const aside = Math.abs((point.x - x) * way[1]) + Math.abs((point.y - y) * way[0]);
    return along > 0 && aside <= along;
  }));
});
