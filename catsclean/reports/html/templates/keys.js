// Keys: to the next question, to its answer, and back.

const help = document.getElementById("help");
let current = null;

function isTyping(target) {
  return target.matches?.("input[type='search'], input[type='text'], select, textarea");
}

function go(step) {
  const open = questions.filter((one) => !isOut(one) && (!one.classList.contains("decided") || one === current));
  if (open.length === 0) return;
  const at = open.indexOf(current);
  current = open[at < 0 ? (step > 0 ? 0 : open.length - 1) : (at + step + open.length) % open.length];
  reveal(current);
  current.tabIndex = -1;
  current.focus({ preventScroll: true });
  land(current);
}

function answer(input) {
  if (!input || input.checked) return;
  input.checked = true;
  chosen();
}

// The input that a key stands for, in a group or on a card.
function inputFor(item, key) {
  const group = item.matches(".group");
  if (/^[1-9]$/.test(key)) {
    return item.querySelectorAll(group ? ".one input" : ".ask input")[key - 1];
  }
  const radio = (value) => item.querySelector(`.options input[value="${value}"], .ask input[value="${value}"]`);
  if (key === "0") return radio("");
  if (key === "a") return radio("all") ?? radio("keep");
  if (key === "x") return radio("quarantine");
  if (key === "r") return item.querySelector('.ask input[value="relabel"]');
  if (key === "s") return item.querySelector("[data-best] .one input");
  return null;
}

// Enter and Escape leave the text box, so that keys work again; Enter only from a usable class.
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-new-label]") || !["Enter", "Escape"].includes(event.key)) return;
  const card = event.target.closest(".card");
  event.preventDefault();
  refresh();
  if (event.key === "Enter" && faultOf(newLabelOf(card))) {
    card.querySelector(".fault").scrollIntoView({ block: "center" });
    return;
  }
  card.tabIndex = -1;
  card.focus({ preventScroll: true });
});

document.addEventListener("keydown", (event) => {
  if (isTyping(event.target) || document.querySelector("dialog[open]")) return;
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !event.shiftKey) {
    if (undo()) event.preventDefault();
    return;
  }
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "?") return help?.showModal();
  if (event.key === "j") return go(1);
  if (event.key === "k") return go(-1);
  const item = event.target.closest?.(".group, .card") ?? current;
  if (!item || isOut(item)) return;
  if (event.key === "v") return view(item);
  if (event.key === "m") return item.querySelector("[data-like]")?.click();
  answer(inputFor(item, event.key));
  // a class without a suggestion has to be typed
  if (event.key === "r" && newLabelOf(item) === "") {
    item.querySelector("[data-new-label]")?.focus();
    event.preventDefault();
  }
});

document.addEventListener("focusin", (event) => {
  const item = event.target.closest(CHOICES);
  if (item) current = item;
});

document.querySelector("[data-help]")?.addEventListener("click", () => help.showModal());
