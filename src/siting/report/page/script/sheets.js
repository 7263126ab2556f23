// The sheets of places: one at a time on the screen, all of them on paper.

const places = page.grids.places.rows.map((values) => Object.fromEntries(
  page.grids.places.fields.map((field, at) => [field.key, values[at]])));
const numbers = new Map(places.map((place, at) => [place.place, at]));
const sheets = new Map();
let current = -1;

function numberOf(name) {
  return numbers.get(name);
}

/** The sheet of a place, made when it is first asked for. */
function sheetOf(number) {
  if (!sheets.has(number)) sheets.set(number, makeSheet(number));
  return sheets.get(number);
}

function makeSheet(number) {
  const place = places[number];
  const sheet = document.getElementById("sheet").content.firstElementChild.cloneNode(true);
  sheet.querySelector("h3").textContent = place.place;
  sheet.querySelector("dl").append(...sheetFigures(place));
  sheet.querySelector("[data-tasks]").append(tasksOf(place.place));
  sheet.querySelector("[data-gaps]").append(gapsOf(place.place));
  const canvas = sheet.querySelector("canvas");
  canvas.setAttribute("aria-label", fill(texts.sheet_map, { name: place.place }));
  sitingMap.circle(canvas, mapData(), place.index);
  return sheet;
}

function sheetFigures(place) {
  const change = (before, after) => `${count(before)} → ${count(after)}`;
  const of = (text, all) => `${text} / ${count(all)}`;
  const figures = [
    [texts.residents, count(place.residents)],
    [texts.of_required, of(change(place.have_before, place.have_after), place.required)],
    [texts.all_covered, change(place.complete_before, place.complete_after)],
    [texts.newly, count(place.newly_covered)],
    [texts.tasks, count(place.added)],
    [texts.cost, amount(place.cost)],
    [texts.investment, amount(place.investment)],
    [texts.result, stateOf("places", place.state)],
  ];
  return figures.map(([name, value]) => make("div", "", make("dt", "", name), make("dd", "", value)));
}

function tasksOf(name) {
  const list = lists.tasks, rows = list.rows.filter((row) => row.place === name);
  if (!rows.length) return make("p", "", texts.no_tasks);
  const money = moneyFormat(rows.map((row) => row.cost));
  return tableOf(
    [["num", texts.number], ["txt", texts.site], ["txt", texts.category], ["txt minor", texts.mode],
      ["num", fill(texts.in_unit, { name: texts.cost, unit: page.unit })], ["num", texts.newly]],
    rows.map((row) => [count(row.number), row.site, row.categories, row.mode, money(row.cost),
      count(row.newly_covered)]));
}

function gapsOf(name) {
  const order = Object.keys(page.states.gaps);
  const rows = lists.gaps.rows.filter((row) => row.place === name)
    .sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state)
      || b.uncovered_after - a.uncovered_after);
  if (!rows.length) return make("p", "", texts.no_gaps);
  return tableOf(
    [["txt", texts.category], ["txt minor", texts.tier], ["num", texts.outlets],
      ["num", texts.uncovered], ["txt", texts.result]],
    rows.map((row) => [row.name, row.tier,
      fill(texts.needed_cell, { have: count(row.have), after: count(row.have_after),
        needed: count(row.needed) }),
      `${count(row.uncovered)} → ${count(row.uncovered_after)}`, stateOf("gaps", row.state)]));
}

/** A plain table: its heads as class and text, and rows of texts or elements. */
function tableOf(heads, rows) {
  const head = make("tr", "", ...heads.map(([className, text]) => {
    const cell = make("th", className, text);
    cell.scope = "col";
    return cell;
  }));
  const lines = rows.map((cells) =>
    make("tr", "", ...cells.map((cell, at) => make("td", heads[at][0], cell))));
  return make("table", "", make("thead", "", head), make("tbody", "", ...lines));
}

function showSheet(number, { move = false } = {}) {
  current = number;
  const sheet = sheetOf(number);
  document.getElementById("sheets").replaceChildren(sheet);
  document.getElementById("sheet-choice").value = String(number);
  for (const button of document.querySelectorAll("[data-step]")) {
    const to = number + Number(button.dataset.step);
    button.disabled = to < 0 || to >= places.length;
  }
  if (!move) return;
  document.querySelector(".sheet-form").scrollIntoView();
  sheet.querySelector("h3").focus({ preventScroll: true });
}

function startSheets() {
  const choice = document.getElementById("sheet-choice");
  choice.append(...places.map((place, at) => new Option(place.place, at)));
  choice.addEventListener("change", () => showSheet(Number(choice.value)));
  for (const button of document.querySelectorAll("[data-step]"))
    button.addEventListener("click", () => showSheet(current + Number(button.dataset.step)));
  document.getElementById("print-sheet").addEventListener("click", () => {
    document.documentElement.classList.add("only-sheet");
    window.print();
  });
  window.addEventListener("hashchange", followHash);
  if (!followHash() && places.length)
    whenNear(document.getElementById("places"), () => current < 0 && showSheet(0));
}

/** Shows the sheet that the address names, if it names one. */
function followHash() {
  const named = /^#place-(\d+)$/.exec(location.hash);
  if (!named || !places[named[1]]) return false;
  showSheet(Number(named[1]), { move: true });
  return true;
}

function whenNear(element, act) {
  const sight = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    sight.disconnect();
    act();
  }, { rootMargin: "600px" });
  sight.observe(element);
}
