// Light and dark, the contents, printing, and how all begins.

// --- light and dark -------------------------------------------------------------------------

const THEMES = ["auto", "light", "dark"];

function remembered() {
  // A browser may keep nothing for files; the system's choice holds then.
  try {
    return localStorage.getItem("siting-theme") ?? "auto";
  } catch {
    return "auto";
  }
}

function setTheme(theme) {
  if (theme === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  const button = document.getElementById("theme");
  button.querySelector(".tool-word").textContent = `${texts.theme}: ${texts[`theme_${theme}`]}`;
  button.dataset.now = theme;
  try {
    localStorage.setItem("siting-theme", theme);
  } catch {
    // Not remembered, as above.
  }
}

function startTools() {
  const button = document.getElementById("theme");
  setTheme(THEMES.includes(remembered()) ? remembered() : "auto");
  button.addEventListener("click", () =>
    setTheme(THEMES[(THEMES.indexOf(button.dataset.now) + 1) % THEMES.length]));
  document.getElementById("print").addEventListener("click", () => window.print());
}

/** Where the contents are one row that scrolls, the part in sight is in it. */
function keepInSight(link) {
  const row = link.closest(".contents"), at = link.getBoundingClientRect();
  const box = row.getBoundingClientRect();
  if (row.scrollWidth > row.clientWidth)
    row.scrollLeft += at.left - box.left - (box.width - at.width) / 2;
}

function startContents() {
  const links = new Map([...document.querySelectorAll(".contents a")]
    .map((link) => [link.hash.slice(1), link]));
  const parts = [...document.querySelectorAll(".part")];
  const mark = () => {
    const here = parts.findLast((part) => part.getBoundingClientRect().top < innerHeight / 3);
    for (const [id, link] of links)
      if (id !== (here ?? parts[0]).id) link.removeAttribute("aria-current");
      else if (!link.hasAttribute("aria-current")) {
        link.setAttribute("aria-current", "true");
        keepInSight(link);
      }
  };
  addEventListener("scroll", () => requestAnimationFrame(mark), { passive: true });
  mark();
}

// --- printing -------------------------------------------------------------------------------

let opened = [];

const startMap = once(() => sitingMap.start(document.getElementById("the-map"), mapData()) ?? true);

/** All sheets and all tables; only the sheet in sight if that is what was asked for. */
function beforePrint() {
  if (document.documentElement.classList.contains("only-sheet")) return;
  startMap();
  opened = [...document.querySelectorAll("details:not([open])")];
  for (const details of opened) details.open = true;
  for (const list of Object.values(lists)) setPrinting(list, true);
  document.getElementById("sheets").replaceChildren(...places.map((_, at) => sheetOf(at)));
}

function afterPrint() {
  document.documentElement.classList.remove("only-sheet");
  for (const details of opened) details.open = false;
  opened = [];
  for (const list of Object.values(lists)) setPrinting(list, false);
  if (current >= 0) showSheet(current);
  else document.getElementById("sheets").replaceChildren();
}

function setPrinting(list, printing) {
  list.printing = printing;
  showList(list);
}

// Before map.js listens: it paints the maps of the sheets that are there by then.
addEventListener("beforeprint", beforePrint);
addEventListener("afterprint", afterPrint);
addEventListener("DOMContentLoaded", () => {
  startTools();
  startContents();
  for (const root of document.querySelectorAll(".grid")) startList(root);
  narrow.addEventListener("change", () => Object.values(lists).forEach(showList));
  startSheets();
  whenNear(document.getElementById("the-map"), startMap);
});
