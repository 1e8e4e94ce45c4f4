// Links within the page.  Groups and cards are laid out when they come into view, so that what
// stands above a target changes its height while the page goes there: it is gone to until it stays.

let landing = 0;

function land(target) {
  const turn = landing += 1;
  let tries = 0;
  let steady = 0;
  const step = () => {
    if (turn !== landing) return;
    const before = target.getBoundingClientRect().top;
    target.scrollIntoView({ block: "start", behavior: "instant" });
    steady = Math.abs(target.getBoundingClientRect().top - before) < 1 ? steady + 1 : 0;
    tries += 1;
    if (steady < 5 && tries < 60) requestAnimationFrame(step);
  };
  step();
}

function landAt(hash) {
  const target = document.getElementById(hash.slice(1));
  if (!target) return;
  if (isOut(target)) filters?.reset();
  // the filter follows its reset a moment later
  setTimeout(() => { reveal(target); land(target); });
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href^='#']");
  if (link) landAt(link.getAttribute("href"));
});
for (const kind of ["wheel", "touchmove", "keydown"]) {
  addEventListener(kind, () => { landing += 1; }, { passive: true });
}
