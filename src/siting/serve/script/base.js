/* What the other parts share: texts, the API, elements, and what the page knows. */

const T = JSON.parse(document.getElementById("texts").textContent);
const LANG = document.documentElement.lang;
const TOKEN = new URLSearchParams(location.search).get("token") || "";
const el = (id) => document.getElementById(id);

/** A text with its {fields} filled in. */
const fill = (text, fields) =>
  text.replace(/\{(\w+)\}/g, (_, key) => String(fields[key] ?? ""));

/** What the page knows; the parts read it, app.js writes it. */
const known = {
  city: null, state: null, view: null, other: null, comparison: null, preview: null,
  request: null, site: -1, area: -1,
};

/** The circles that the map knows, or the districts where there are none. */
const areaNames = () => known.city.places[known.city.area];

const address = (path) =>
  `${path}${path.includes("?") ? "&" : "?"}lang=${LANG}&token=${encodeURIComponent(TOKEN)}`;

/** Asks the server; throws an Error with what is wrong in words. */
async function ask(path, method = "GET", body = undefined) {
  const answer = await fetch(path + (path.includes("?") ? "&" : "?") + "lang=" + LANG, {
    method,
    headers: { "X-Siting-Token": TOKEN, ...(body ? { "Content-Type": "application/json" } : {}) },
    body: body ? JSON.stringify(body) : undefined,
  });
  const kind = answer.headers.get("content-type") || "";
  const found = kind.includes("json") ? await answer.json() : await answer.text();
  if (!answer.ok) {
    const said = found.problems || (found.detail && [JSON.stringify(found.detail)]) || [found];
    const error = new Error(said.join("\n"));
    error.status = answer.status;
    throw error;
  }
  return found;
}

/** An element with attributes and children; texts are never read as HTML. */
function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "click") made.addEventListener("click", value);
    else if (value !== undefined && value !== false) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

const button = (text, click, attributes = {}) =>
  make("button", { type: "button", click, ...attributes }, text);

function table(heads, rows) {
  const head = make("tr", {}, ...heads.map((text) => (text ? make("th", { scope: "col" }, text) : make("td"))));
  const body = rows.map(([first, ...rest]) => make("tr", {},
    make("th", { scope: "row" }, first), ...rest.map((text) => make("td", {}, text))));
  return make("div", { class: "scroll", tabindex: "0" },
    make("table", {}, heads.length ? make("thead", {}, head) : "", make("tbody", {}, ...body)));
}

const number = (value) => Math.round(value).toLocaleString("en");
const percent = (value) =>
  value === null || value === undefined ? "–" : `${(100 * value).toFixed(value < 0.1 ? 2 : 1)} %`;

function money(value) {
  if (value === null || value === undefined) return "–";
  const { scale, shown_in: unit } = known.city.money;
  return `${(value / scale).toLocaleString("en", { maximumFractionDigits: 2 })} ${unit}`;
}

function showAlert(text) {
  el("alert").textContent = text;
  el("alert").hidden = !text;
}
