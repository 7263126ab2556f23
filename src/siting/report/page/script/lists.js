// Lists that are filtered, sorted and paged.

const lists = {};

function startList(root) {
  const name = root.dataset.grid, grid = page.grids[name];
  const rows = grid.rows.map((values) =>
    Object.fromEntries(grid.fields.map((field, at) => [field.key, values[at]])));
  const list = {
    root, name, grid, rows, found: rows, from: 0, all: false, printing: false, sort: null,
    columns: grid.fields.filter((field) => field.shown),
    words: rows.map((row) => grid.fields.filter((field) => field.kind === "text")
      .map((field) => row[field.key]).join("\n").toLowerCase()),
    format: formats(grid, rows),
  };
  lists[name] = list;
  listenList(list);
  search(list);
}

function formats(grid, rows) {
  const own = { count, minutes: walk, text: (value) => value || DASH };
  return Object.fromEntries(grid.fields.map((field) => [field.key, field.kind === "money"
    ? moneyFormat(rows.map((row) => row[field.key])) : own[field.kind]]));
}

function listenList(list) {
  const { root } = list;
  root.querySelector(".grid-form").addEventListener("input", () => search(list));
  root.querySelector("[data-clear]").addEventListener("click", () => {
    for (const control of root.querySelectorAll("[data-search], [data-filter]")) control.value = "";
    search(list);
  });
  for (const head of root.querySelectorAll("th[data-key]"))
    head.firstElementChild.addEventListener("click", () => sortBy(list, head));
  for (const button of root.querySelectorAll("[data-turn]"))
    button.addEventListener("click", () => {
      list.from += Number(button.dataset.turn) * list.grid.page;
      showList(list);
    });
  root.querySelector("[data-all]").addEventListener("click", () => {
    list.all = !list.all;
    list.from = 0;
    showList(list);
  });
}

/** The rows that the search field and the choices leave, in the order that is wanted. */
function search(list) {
  const word = (list.root.querySelector("[data-search]")?.value ?? "").trim().toLowerCase();
  const wanted = [...list.root.querySelectorAll("[data-filter]")]
    .filter((choice) => choice.value).map((choice) => [choice.dataset.filter, choice.value]);
  list.found = list.rows.filter((row, at) => list.words[at].includes(word)
    && wanted.every(([key, value]) => row[key] === value));
  list.root.querySelector("[data-clear]").hidden = !word && !wanted.length;
  if (list.sort) list.found.sort(list.sort);
  list.from = 0;
  showList(list);
}

function sortBy(list, head) {
  const field = list.columns.find((one) => one.key === head.dataset.key);
  const text = field.kind === "text", before = head.getAttribute("aria-sort");
  // Numbers begin with the largest, words with the first.
  const first = text ? "ascending" : "descending", second = text ? "descending" : "ascending";
  for (const other of list.root.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
  const now = before === first ? second : before === second ? null : first;
  if (now) head.setAttribute("aria-sort", now);
  list.sort = now && comparison(list, field, now === "ascending" ? 1 : -1);
  search(list);
}

/** Compares two rows by a column; what is not known comes last either way. */
function comparison(list, field, sign) {
  const order = page.states[list.name] ? Object.keys(page.states[list.name]) : [];
  const value = field.kind === "state" ? (row) => -order.indexOf(row[field.key])
    : (row) => row[field.key];
  return (one, other) => {
    const a = value(one), b = value(other);
    if (a == null || b == null) return (a == null) - (b == null);
    const by = field.kind === "text" ? a.localeCompare(b, document.documentElement.lang) : a - b;
    return sign * by;
  };
}

function showList(list) {
  const { grid, found, root } = list;
  const size = list.printing ? grid.printed || found.length : list.all ? found.length : grid.page;
  const from = list.printing ? 0 : Math.max(0, Math.min(list.from, found.length - 1));
  list.from = from;
  const shown = found.slice(from, from + size);
  const body = root.querySelector("tbody");
  body.replaceChildren(...shown.map((row) => rowOf(list, row)));
  if (!found.length) body.append(emptyRow(list));
  root.querySelector("tfoot")?.replaceChildren(totalRow(list));
  const fields = { from: count(from + 1), to: count(from + shown.length), all: count(found.length) };
  root.querySelector("[role=status]").textContent = found.length ? fill(texts.range, fields) : DASH;
  root.querySelector('[data-turn="-1"]').disabled = from === 0;
  root.querySelector('[data-turn="1"]').disabled = from + shown.length >= found.length;
  const all = root.querySelector("[data-all]");
  all.hidden = found.length <= grid.page;
  all.textContent = list.all ? texts.some_rows : texts.all_rows;
  root.querySelector(".grid-printed").textContent = list.printing && shown.length < found.length
    ? fill(texts.printed, { count: count(shown.length), all: count(found.length) }) : "";
}

function rowOf(list, row) {
  const cells = list.columns.map((field, at) => {
    const cell = make(at ? "td" : "th", `${classOf(field)}${field.minor ? " minor" : ""}`);
    if (!at) cell.scope = "row";
    cell.append(cellOf(list, field, row));
    return cell;
  });
  return make("tr", "", ...cells);
}

const classOf = (field) => ["text", "state"].includes(field.kind) ? "txt" : "num";

function cellOf(list, field, row) {
  if (field.kind === "state") return stateOf(list.name, row[field.key]);
  const text = list.format[field.key](row[field.key]);
  const place = field.key === list.grid.links ? numberOf(row[field.key]) : undefined;
  if (place === undefined) return text;
  const link = make("a", "", text);
  link.href = `#place-${place}`;
  return link;
}

function emptyRow(list) {
  const cell = make("td", "", texts.no_rows);
  cell.colSpan = list.columns.length;
  return make("tr", "", cell);
}

function totalRow(list) {
  const label = fill(texts.total, { count: count(list.found.length) });
  const first = list.columns.findIndex((field) => field.total);
  const head = make("th", "txt", label);
  head.scope = "row";
  head.colSpan = list.columns.slice(0, first).filter(visible).length;
  const rest = list.columns.slice(first).map((field) => make("td",
    `${classOf(field)}${field.minor ? " minor" : ""}`, field.total ? totalOf(list, field) : ""));
  return make("tr", "", head, ...rest);
}

function totalOf(list, field) {
  return list.format[field.key](list.found.reduce((sum, row) => sum + row[field.key], 0));
}

const narrow = matchMedia("screen and (max-width: 44rem)");
const visible = (field) => !(field.minor && narrow.matches);
