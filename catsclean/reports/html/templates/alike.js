// More like this: the most similar pictures that the page has, and the way to their cards.

const images = new Map(); // path → the image of it, in a card or group rather than beside one
for (const kind of [".frame img", ".near-frame img"]) {
  for (const image of document.querySelectorAll(`main ${kind}`)) {
    if (!images.has(image.alt)) images.set(image.alt, image);
  }
}

const holders = new Map(); // path → its card, or its place in a group
for (const name of document.querySelectorAll(".card .path bdi, .member .path bdi")) {
  if (!holders.has(name.textContent)) holders.set(name.textContent, name.closest(".card, .member"));
}

function goTo(holder) {
  if (isOut(holder)) filters?.reset();
  // the filter follows its reset a moment later
  setTimeout(() => {
    reveal(holder);
    holder.tabIndex = -1;
    holder.focus({ preventScroll: true });
    land(holder);
  });
}

function buttonThat(words, path, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = words;
  button.setAttribute("aria-label", `${words}: ${path}`);
  button.addEventListener("click", act);
  return button;
}

const shareOf = (hundredths) => (hundredths / 100).toFixed(2);

// The names of pictures that are like it, but not on the page; a name opens the file if it can.
function namesBeside(id) {
  const beside = data.elsewhere[id] ?? [];
  if (beside.length === 0) return null;
  const line = document.createElement("p");
  line.append("Like it, but not on this page: ");
  beside.forEach(([at, like], turn) => {
    const path = data.names[at];
    const address = addressOf(path);
    const name = document.createElement(address ? "a" : "bdi");
    name.textContent = path;
    if (address) Object.assign(name, { href: address, target: "_blank", rel: "noopener" });
    line.append(turn ? ", " : "", name, ` (${shareOf(like)})`);
  });
  return line;
}

function showAlike(id) {
  const near = (data.alike[id] ?? []).filter(([one]) => images.has(data.pictures[one][0]));
  show([[id, null], ...near].map(([one, like]) => {
    const path = data.pictures[one][0];
    const holder = holders.get(path);
    const buttons = [];
    if (one !== id && data.alike[one]) buttons.push(buttonThat("More like this", path, () => showAlike(one)));
    if (holder) buttons.push(buttonThat("To its card", path, () => { viewer.close(); goTo(holder); }));
    return { ...largeOf(images.get(path)), buttons, note: like === null ? "" : ` similarity ${shareOf(like)}` };
  }), namesBeside(id));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-like]");
  if (button) showAlike(Number(button.dataset.like));
});
