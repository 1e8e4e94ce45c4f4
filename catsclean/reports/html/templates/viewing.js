// Pictures, large: the copies of a group side by side, or one in the other's place to see what moves.

const viewer = document.getElementById("viewer");
const stage = viewer?.querySelector(".stage");
let pictures = [];
let shownAt = -1; // -1: all of them, side by side

// The address of the file itself, where the page knows how it lies to the data set.
function addressOf(path, holder) {
  if (!data.files || path.includes("\\") || holder?.querySelector(".away")) return null;
  return data.files + path.split("/").map(encodeURIComponent).join("/");
}

function largeOf(image) {
  const holder = image.closest(".member, .card");
  return { source: image.src, path: image.alt, address: addressOf(image.alt, holder), holder };
}

function view(item) {
  show(Array.from(item.querySelectorAll(".frame img, .near-frame img"), largeOf));
}

function show(chosen, beside = null) {
  if (!viewer || chosen.length === 0) return;
  pictures = chosen;
  viewer.querySelector(".beside").replaceChildren(...(beside ? [beside] : []));
  shownAt = -1;
  draw();
  if (!viewer.open) viewer.showModal();
  // no autofocus: the browser would act on it while the page opens, and complain
  viewer.querySelector("[data-close]").focus();
}

function draw() {
  const many = pictures.length > 1;
  viewer.querySelector(".flick").hidden = !many;
  viewer.classList.toggle("single", shownAt >= 0 || !many);
  viewer.classList.toggle("several", pictures.length > 3);
  stage.replaceChildren(...pictures.map((picture, at) => {
    const figure = document.createElement("figure");
    const image = new Image();
    const caption = document.createElement("figcaption");
    const name = document.createElement(picture.address ? "a" : "bdi");
    image.src = picture.source;
    image.alt = picture.path;
    name.textContent = picture.path;
    if (picture.address) Object.assign(name, { href: picture.address, target: "_blank", rel: "noopener" });
    caption.append(many ? `${at + 1} of ${pictures.length}: ` : "", name, picture.note ?? "", ...(picture.buttons ?? []));
    figure.hidden = shownAt >= 0 && at !== shownAt;
    figure.append(image, caption);
    return figure;
  }));
}

function flick(step) {
  const count = pictures.length;
  if (count < 2) return;
  shownAt = shownAt < 0 ? (step > 0 ? 0 : count - 1) : (shownAt + step + count) % count;
  draw();
}

document.addEventListener("click", (event) => {
  const frame = event.target.closest(".card .frame, .card .near-frame, .member .frame");
  if (frame) return view(frame.closest(".group, .card"));
  if (event.target.closest("dialog [data-close]") || event.target.matches("dialog")) {
    event.target.closest("dialog").close();
  }
});

document.addEventListener("keydown", (event) => {
  if (!viewer?.open) return;
  const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (step) flick(step);
  else if (event.key === "ArrowUp") { shownAt = -1; draw(); }
  else return;
  event.preventDefault();
});
