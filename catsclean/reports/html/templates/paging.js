// Long lists in pages, and galleries that are folded.  What is out of view can still be found by the
// browser, and keeps its choices: nothing is taken out of the document.

// a browser that cannot search what is hidden hides it altogether
const OUT_OF_VIEW = "onbeforematch" in document.body ? "until-found" : "";
const MOST_UNFOLDED = 8;
const MOST_CARDS_UNFOLDED = 30;

// Whether an element is filtered out; what is merely on another page is not.
function isOut(element) {
  return element.closest("[hidden]:not(.sheet)") !== null;
}

function makePart(tag, fields = {}, ...children) {
  const made = Object.assign(document.createElement(tag), fields);
  made.append(...children);
  return made;
}

class Pages {
  constructor(place) {
    this.place = place;
    this.size = Number(place.dataset.paged);
    this.sheets = [place.firstElementChild];
    this.items = Array.from(this.sheets[0].children);
    this.at = 0;
    this.bars = ["above", "below"].map((where) => this.makeBar(where));
    place.prepend(this.bars[0].bar);
    place.append(this.bars[1].bar);
    this.fill();
  }

  makeBar(where) {
    const said = makePart(where === "above" ? "output" : "span", { className: "muted" });
    const select = makePart("select");
    const turn = (step) => () => { this.show(this.at + step); if (where === "below") land(this.place); };
    const back = makePart("button", { type: "button", textContent: "Previous" });
    const on = makePart("button", { type: "button", textContent: "Next" });
    back.addEventListener("click", turn(-1));
    on.addEventListener("click", turn(1));
    select.addEventListener("change", () => { this.show(Number(select.value)); if (where === "below") land(this.place); });
    const bar = makePart("div", { className: "pager" }, back, makePart("label", {}, "Page ", select), on, said);
    bar.setAttribute("role", "group");
    bar.setAttribute("aria-label", `Pages of ${this.place.dataset.of}, ${where} them`);
    return { bar, back, on, select, said };
  }

  // Deals the items that are not filtered out to sheets of equal size.
  fill() {
    const dealt = [[]];
    let room = this.size;
    this.visible = 0;
    for (const item of this.items) {
      if (!item.hidden && room === 0) {
        dealt.push([]);
        room = this.size;
      }
      dealt.at(-1).push(item);
      if (!item.hidden) {
        room -= 1;
        this.visible += 1;
      }
    }
    while (this.sheets.length < dealt.length) {
      const sheet = this.sheets[0].cloneNode(false);
      this.sheets.at(-1).after(sheet);
      this.sheets.push(sheet);
    }
    for (const sheet of this.sheets.splice(dealt.length)) sheet.remove();
    dealt.forEach((own, at) => {
      const sheet = this.sheets[at];
      sheet.classList.add("sheet");
      sheet.dataset.sheet = at;
      if (own.length !== sheet.children.length || own.some((item, index) => sheet.children[index] !== item)) sheet.append(...own);
    });
    for (const { select } of this.bars) {
      select.replaceChildren(...this.sheets.map((_, at) => makePart("option", { value: String(at), textContent: (at + 1).toLocaleString("en") })));
    }
    this.show(0);
  }

  show(at) {
    this.at = Math.max(0, Math.min(at, this.sheets.length - 1));
    this.sheets.forEach((sheet, index) => {
      if (index === this.at) sheet.removeAttribute("hidden");
      else sheet.setAttribute("hidden", OUT_OF_VIEW);
    });
    const number = (value) => value.toLocaleString("en");
    const first = this.at * this.size + 1;
    for (const { bar, back, on, select, said } of this.bars) {
      bar.hidden = this.sheets.length === 1;
      select.value = String(this.at);
      // not `disabled`: that would take the focus away at the last page
      back.setAttribute("aria-disabled", String(this.at === 0));
      on.setAttribute("aria-disabled", String(this.at === this.sheets.length - 1));
      said.textContent = `${number(first)} to ${number(Math.min(first + this.size - 1, this.visible))} of ${number(this.visible)}`;
    }
  }
}

const folds = Array.from(document.querySelectorAll("details.fold"));
const unfolded = new Set(folds.filter((fold) => fold.open));
const paged = new Map(Array.from(document.querySelectorAll("[data-paged]"))
  .filter((place) => place.firstElementChild.childElementCount > Number(place.dataset.paged))
  .map((place) => [place, new Pages(place)]));

// Brings an element into view that is folded or on another page.
function reveal(element) {
  for (let fold = element.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  element.querySelector(":scope > details.fold")?.setAttribute("open", "");
  const sheet = element.closest(".sheet");
  if (sheet?.hasAttribute("hidden")) paged.get(sheet.parentElement).show(Number(sheet.dataset.sheet));
}

// After the filter, pages are made of what is left, and the first galleries that have any are opened.
function arrange(active) {
  for (const pages of paged.values()) pages.fill();
  let [galleries, cards] = [MOST_UNFOLDED, MOST_CARDS_UNFOLDED];
  for (const fold of folds) {
    const found = fold.querySelectorAll(":is(.card, .remark):not([hidden])").length;
    fold.open = active ? found > 0 && galleries > 0 && cards > 0 : unfolded.has(fold);
    if (active && fold.open) [galleries, cards] = [galleries - 1, cards - found];
  }
}

document.addEventListener("beforematch", (event) => reveal(event.target));
