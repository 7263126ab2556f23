/* The wishes: a request, the fields that show it, and what is written back when they change. */

const emptyRequest = () => ({
  model: known.city.first.model, budget: known.city.first.budget, years: {}, rules: [], changes: {},
  walking: {}, gap: 0.005, time_limit: 60,
});

let checking = 0, pending = 0;

/** Changes the request; shows it as sentences, and solves it where that is wanted. */
function wish(change) {
  known.request = { ...known.request, ...change };
  showRequest();
  clearTimeout(pending);
  pending = setTimeout(async () => {
    if (await checkRequest() && el("at-once").checked) solveRequest();
  }, 350);
}

async function checkRequest() {
  const turn = ++checking;
  const found = await ask("/api/check", "POST", plainRequest(known.request)).catch((e) => ({ problems: [e.message], sentences: [], warnings: [], model_file: "" }));
  if (turn !== checking) return false;
  el("problems").textContent = [...found.problems, ...found.warnings].join("\n");
  el("sentences").replaceChildren(...found.sentences.map((text) => make("li", {}, text)));
  el("file").textContent = found.model_file;
  return found.problems.length === 0;
}

function showRequest() {
  const request = known.request, { scale } = known.city.money;
  el("money").value = request.budget === null ? "" : String(request.budget / scale);
  el("slider").value = String(Math.round(1000 * Math.min(1, (request.budget || 0) / mostMoney())));
  el("model").value = request.model;
  el("walking").value = request.walking.preset || "";
  el("gap").value = String(request.gap);
  showRules();
  showCategories();
  drawFrontier();
  for (const input of el("years").querySelectorAll("input")) {
    const said = request.years[input.dataset.year] ?? known.city.money.years[input.dataset.year];
    input.value = String(said / scale);
  }
}

function showRules() {
  const rules = known.request.rules;
  const items = rules.map((rule, k) => make("li", {}, make("span", {}, rule.words || entryWords(rule.entry)),
    button("×", () => wish({ rules: rules.filter((_, other) => other !== k) }),
      { "aria-label": fill(T.remove, { what: rule.words || entryWords(rule.entry) }) })));
  el("rules").replaceChildren(...(items.length ? items : [make("li", { class: "fine" }, T.no_wishes)]));
}

/** A rule in words of the page, until the server says it. */
function entryWords(entry) {
  const [block, settings] = Object.entries(entry)[0];
  const names = Object.entries(settings).filter(([key]) => !["at_least", "at_most"].includes(key));
  const sense = { locked_out: T.must_not, locked_in: T.must }[block] || "";
  const said = names.map(([key, value]) => [].concat(value).map((one) => nameOf(key, one)).join(", "));
  const limit = ["at_least", "at_most"].filter((key) => settings[key] !== undefined && settings[key] !== null)
    .map((key) => `${key === "at_least" ? "≥" : "≤"} ${settings[key]}`);
  return [sense, ...said, ...limit].filter(Boolean).join(" · ");
}

function nameOf(key, id) {
  if (key.startsWith("categor")) return known.city.categories.find((one) => one.id === id)?.name || id;
  if (key.startsWith("site")) return known.city.sites.list.find((one) => one.id === id)?.name || id;
  if (key === "each") return id === "district" ? T.each_district : T.each_circle;
  return String(id);
}

const addRule = (entry, words = "") => wish({ rules: [...known.request.rules, { entry, words }] });

/** The request as the server reads it: rules without their words. */
const plainRequest = (request) => ({ ...request, rules: request.rules.map((rule) => rule.entry) });

function showCategories() {
  const out = new Set(known.request.rules.filter((rule) => rule.entry.locked_out?.categories)
    .flatMap((rule) => rule.entry.locked_out.categories));
  if (!el("categories").querySelector("input")) makeCategories();
  for (const input of el("categories").querySelectorAll("input")) {
    const id = input.dataset.category;
    if (input.type === "checkbox") input.checked = !out.has(id);
    else input.value = String(known.request.changes[`category.${id}.${input.dataset.key}`] ?? input.dataset.own);
  }
}

function makeCategories() {
  for (const category of known.city.categories) {
    const tick = make("input", { type: "checkbox", "data-category": category.id });
    tick.addEventListener("change", () => setCategory(category.id, tick.checked));
    el("categories").append(make("div", { class: "category" },
      make("label", { class: "tick" }, tick, category.name),
      changeField(category, "priority", category.priority, T.priority),
      changeField(category, "standard_minutes", category.standard, T.standard)));
  }
}

/** A field for a number of a category that a request may change. */
function changeField(category, key, own, label) {
  const field = make("input", { type: "number", min: "0.01", step: "any", "data-category": category.id,
    "data-key": key, "data-own": own, "aria-label": `${category.name}: ${label}` });
  field.addEventListener("change", () => {
    const changes = { ...known.request.changes }, name = `category.${category.id}.${key}`, value = Number(field.value);
    if (!(value > 0) || value === own) delete changes[name];
    else changes[name] = value;
    wish({ changes });
  });
  return field;
}

function setCategory(id, planned) {
  const rules = known.request.rules.filter((rule) => !(rule.entry.locked_out?.categories || []).includes(id));
  if (!planned) rules.push({ entry: { locked_out: { categories: [id] } }, words: "" });
  wish({ rules });
}

const mostMoney = () => 2.5 * (known.city.first.budget || known.request.budget || 1);

/** What is known of other sums: a step for plans, a line for bounds, and where the request is. */
function drawFrontier() {
  const box = el("frontier"), points = known.state ? known.state.frontier : [];
  box.replaceChildren();
  const of = (tag, attributes) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    box.append(made);
  };
  const most = mostMoney(), here = known.request.budget || 0;
  // The ends of the slider are half a thumb inside.
  const x = (budget) => 8 + 284 * Math.min(1, budget / most);
  of("line", { x1: x(here), x2: x(here), y1: 0, y2: 72, stroke: theme("--accent"), "stroke-width": 1.5 });
  const full = points.filter((point) => point.objective !== null && point.bound !== null);
  el("frontier-text").textContent = "";
  if (full.length < 2) return;
  const top = Math.max(...full.map((point) => point.bound)), low = Math.min(...full.map((point) => point.objective));
  const y = (value) => 56 - 50 * (value - low) / Math.max(1, top - low);
  const line = (key) => full.map((point, k) => `${k ? "L" : "M"}${x(point.budget)} ${y(point[key])}`).join("");
  of("path", { d: line("bound"), fill: "none", stroke: theme("--muted"), "stroke-dasharray": "3 3" });
  of("path", { d: line("objective"), fill: "none", stroke: theme("--before"), "stroke-width": 2 });
  for (const point of full) of("circle", { cx: x(point.budget), cy: y(point.objective), r: 3, fill: theme("--before") });
  el("frontier-text").textContent = fill(T.at_this_money, {
    money: money(here), objective: number(Math.floor(between(full, here, "objective"))),
    bound: number(Math.ceil(between(full, here, "bound"))),
  });
}

/** A value between known sums, as the straight line says it. */
function between(points, at, key) {
  if (at <= points[0].budget) return points[0][key];
  for (let k = 1; k < points.length; k++) {
    const a = points[k - 1], b = points[k];
    if (at <= b.budget) return a[key] + (b[key] - a[key]) * (at - a.budget) / (b.budget - a.budget);
  }
  return points[points.length - 1][key];
}

function startWishes() {
  const city = known.city;
  for (const unit of document.querySelectorAll(".unit")) unit.textContent = city.money.shown_in;
  const models = [...(city.first.model === "given" ? [["given", T.given]] : []), ...Object.entries(city.models)];
  el("model").replaceChildren(...models.map(([name, words]) => make("option", { value: name }, words)));
  el("walking").append(...Object.entries(city.presets).map(([name, words]) => make("option", { value: name }, words)));
  el("floor-group").append(...Object.entries(city.groups).map(([name, words]) => make("option", { value: name }, words)));
  const places = [make("option", { value: "" }, T.anywhere)];
  for (const kind of ["district", "circle"]) {
    if (!city.places[kind].length) continue;
    places.push(make("option", { value: `each ${kind}` }, T[`each_${kind}`]));
    places.push(...city.places[kind].map((name) => make("option", { value: `${kind}:${name}` }, name)));
  }
  el("floor-place").replaceChildren(...places);
  el("floor-category").replaceChildren(make("option", { value: "" }, T.any_category),
    ...city.categories.map((one) => make("option", { value: one.id }, one.name)));
  el("shown").replaceChildren(make("option", { value: "-1" }, T.all_required),
    ...city.categories.map((one, c) => make("option", { value: String(c) }, one.name)));
  for (const year of Object.keys(city.money.years)) {
    const input = make("input", { type: "number", min: "0", step: "any", "data-year": year });
    input.addEventListener("change", () => wish({
      years: { ...city.money.years, ...known.request.years, [year]: Number(input.value) * city.money.scale },
    }));
    el("years").append(make("div", { class: "field" }, make("label", {}, fill(T.money_of, { year }), input)));
  }
  listenToWishes();
}

function listenToWishes() {
  const { scale } = known.city.money;
  el("money").addEventListener("change", () => wish({ budget: Math.max(0, Number(el("money").value)) * scale }));
  el("slider").addEventListener("input", () => {
    const rounded = Math.round(Number(el("slider").value) / 1000 * mostMoney() / scale) * scale;
    known.request = { ...known.request, budget: rounded };
    el("money").value = String(rounded / scale);
    drawFrontier();
  });
  el("slider").addEventListener("change", () => wish({ budget: known.request.budget }));
  el("model").addEventListener("change", () => wish({ model: el("model").value }));
  el("gap").addEventListener("change", () => wish({ gap: Number(el("gap").value) }));
  el("walking").addEventListener("change", () =>
    wish({ walking: el("walking").value ? { preset: el("walking").value } : {} }));
  el("word-form").addEventListener("submit", async (e) => {
    e.preventDefault();
    const said = { kind: el("word-kind").value, text: el("word").value.trim() };
    if (!said.text) return;
    try {
      const rule = await ask("/api/rules", "POST", { wish: said, request: plainRequest(known.request) });
      el("word").value = "";
      addRule(rule.entry, rule.words);
    } catch (error) { el("problems").textContent = error.message; }
  });
  // Only people are of a group; what is added or paid for is not.
  const groups = () => { el("floor-group").disabled = el("floor-measure").value !== "share_least"; };
  el("floor-measure").addEventListener("change", groups);
  groups();
  el("floor-form").addEventListener("submit", (e) => {
    e.preventDefault();
    addRule(floorEntry(), "");
    el("floor-number").value = "";
  });
}

function floorEntry() {
  const settings = {}, place = el("floor-place").value, category = el("floor-category").value;
  const measure = el("floor-measure").value, value = Number(el("floor-number").value);
  if (place.startsWith("each ")) settings.each = place.slice(5);
  else if (place) settings[place.slice(0, place.indexOf(":"))] = [place.slice(place.indexOf(":") + 1)];
  if (category) settings.category = [category];
  if (measure === "money_least") {
    return { budget: { ...settings, at_least: `${value * known.city.money.scale} ${known.city.money.unit}` } };
  }
  if (measure === "share_least") {
    const group = el("floor-group").value;
    return { covered_share: { ...settings, ...(group ? { group } : {}), at_least: `${value}%` } };
  }
  return { count: { ...settings, [measure === "count_least" ? "at_least" : "at_most"]: Math.round(value) } };
}
