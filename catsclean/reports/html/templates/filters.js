// What is in view: counts in headings and in the bar follow, and the filter stands in the address.

const filters = document.getElementById("filters");
const fields = {
  validator: document.getElementById("filter-validator"),
  class: document.getElementById("filter-label"),
  text: document.getElementById("filter-text"),
  undecided: document.getElementById("filter-open"),
};
const texts = new WeakMap();

function textOf(element) {
  if (!texts.has(element)) {
    const parts = element.querySelectorAll(".path bdi, .message");
    texts.set(element, Array.from(parts, (part) => part.textContent).join("\n").toLowerCase());
  }
  return texts.get(element);
}

function labelsOf(element) {
  if (!element.matches(".group")) return [element.dataset.label];
  return Array.from(element.querySelectorAll(".member"), (member) => member.dataset.label);
}

function validatorsOf(element) {
  if (element.matches(".remark")) return [element.closest(".gallery").dataset.gallery];
  return element.dataset.validator.split(" ");
}

function filter() {
  const validator = fields.validator.value;
  const label = fields.class?.value ?? "";
  const text = fields.text.value.trim().toLowerCase();
  const open = fields.undecided.checked;
  const items = document.querySelectorAll(".group, .card, .remark");
  const active = Boolean(validator || label || text || open);
  let shown = 0;
  for (const item of items) {
    const visible = (!validator || validatorsOf(item).includes(validator))
      && (!label || labelsOf(item).includes(label))
      && (!text || textOf(item).includes(text))
      && (!open || (item.matches("[data-question]") && !item.classList.contains("decided")));
    item.hidden = !visible;
    shown += visible;
  }
  const galleries = document.querySelectorAll(".gallery");
  for (const part of document.querySelectorAll("#conflicts, #copies, #labels, #odd, .gallery")) {
    const found = part.querySelectorAll(".group, .card, .remark");
    const left = Array.from(found).filter((item) => !item.hidden).length;
    part.hidden = active && left === 0;
    const closed = active && left && part.querySelector("details:not(.fold):has(.remark:not([hidden]))");
    if (closed) closed.open = true;
    tell(part, active ? `${left.toLocaleString("en")} in view` : "");
    if (part.id !== "" && !part.matches(".gallery")) tellBar(part.id, active ? left : null);
  }
  const parts = Array.from(galleries).filter((gallery) => !gallery.hidden).length;
  const whole = document.getElementById("galleries");
  if (whole) whole.hidden = parts === 0;
  tellBar("galleries", active ? parts : null);
  arrange(active);
  document.getElementById("filtered").textContent = !active ? ""
    : shown === 0 ? "Nothing matches."
    : `${shown.toLocaleString("en")} of ${items.length.toLocaleString("en")} in view`;
}

function tell(part, words) {
  part.querySelector("[data-view]").textContent = words && ` · ${words}`;
}

function tellBar(id, number) {
  const place = document.querySelector(`.sections a[href="#${id}"] b`);
  if (!place) return;
  place.dataset.all ??= place.textContent;
  place.textContent = number === null ? place.dataset.all : number.toLocaleString("en");
}

function writeAddress() {
  const words = new URLSearchParams();
  for (const [name, field] of Object.entries(fields)) {
    if (field?.type === "checkbox" ? field.checked : field?.value.trim()) words.set(name, field.value.trim());
  }
  const hash = words.size ? `#filter?${words}` : " ";
  try { history.replaceState(null, "", hash === " " ? location.pathname + location.search : hash); } catch { /* sandboxed */ }
}

function readAddress() {
  if (!location.hash.startsWith("#filter?")) return;
  const words = new URLSearchParams(location.hash.slice(8));
  for (const [name, field] of Object.entries(fields)) {
    if (!field || !words.has(name)) continue;
    if (field.type === "checkbox") field.checked = true;
    else field.value = words.get(name);
    if (field.selectedIndex === -1) field.value = "";
  }
  filter();
}

if (filters) {
  let waiting = 0;
  const follow = () => { filter(); writeAddress(); };
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.addEventListener("reset", () => setTimeout(follow));
  filters.addEventListener("change", follow);
  fields.text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(follow, 120);
  });
  filters.classList.add("ready");
}
