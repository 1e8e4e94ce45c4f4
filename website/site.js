// What the theme leaves to be said to a screen reader and to a keyboard.
const amend = () => {
  // the button beside a block of code is in a landmark without a name; it is none
  for (const bar of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    bar.setAttribute("role", "none");
  }
  // a table that is wider than the page scrolls, by keys too
  for (const wide of document.querySelectorAll(".md-typeset__scrollwrap")) {
    if (wide.scrollWidth > wide.clientWidth) {
      wide.tabIndex = 0;
    } else {
      wide.removeAttribute("tabindex");
    }
  }
};
new MutationObserver(amend).observe(document.body, { childList: true, subtree: true });
addEventListener("resize", amend);
amend();
