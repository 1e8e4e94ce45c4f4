// The page as it opens.

const bar = document.querySelector(".decide");
if (bar) bar.hidden = false;
refresh();
if (filters) readAddress();
if (location.hash) landAt(location.hash);
for (const place of document.querySelectorAll("[data-file-name]")) place.textContent = fileName();
