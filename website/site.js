// The theme makes a nameless landmark of the button beside each block of code; it is none.
const unname = () => {
  for (const bar of document.querySelectorAll("nav.md-code__nav:not([role])")) {
    bar.setAttribute("role", "none");
  }
};
new MutationObserver(unname).observe(document.body, { childList: true, subtree: true });
unname();
