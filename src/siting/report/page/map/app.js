/* The interactive map. Leaflet moves and zooms; all that is seen is painted on one canvas that
 * stands still behind it. */

// --- the interactive map --------------------------------------------------------------------

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes))
    if (value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...children);
  return element;
}

const option = (value, text) => make("option", { value }, text);

function categorySelect(data) {
  const select = make("select", { class: "siting-map-category" });
  const groups = { true: data.texts.required_group, false: data.texts.other_group };
  select.append(option("all", data.texts.required));
  for (const required of [true, false]) {
    const group = make("optgroup", { label: groups[required] });
    data.categories.forEach((category, c) => {
      if (category.required === required) group.append(option(c, category.name));
    });
    if (group.children.length) select.append(group);
  }
  return select;
}

function placeSelect(data) {
  const select = make("select", { class: "siting-map-place" });
  select.append(option("all:-1", data.texts.everywhere));
  const numbered = data.places.map((place, number) => ({ ...place, number }));
  const add = (parent, places) =>
    places.forEach((place) => parent.append(option(`place:${place.number}`, place.name)));
  data.districts.forEach((name, number) => {
    const group = make("optgroup", { label: name });
    group.append(option(`district:${number}`, fill(data.texts.whole, { name })));
    add(group, numbered.filter((place) => place.district === number));
    select.append(group);
  });
  add(select, numbered.filter((place) => place.district < 0));
  return select;
}

function layerBoxes(city) {
  const { texts } = city.data, box = make("fieldset", {}, make("legend", {}, texts.layers));
  const layers = {
    streets: city.streets.length > 0, barriers: city.barriers.length > 0,
    names: city.places.some((place) => place.area.length), residents: true, outlets: true,
    sites: false, chosen: true,
  };
  for (const [name, checked] of Object.entries(layers)) {
    // A layer with nothing in it has no box; candidate sites have one that is off at first.
    if (!checked && name !== "sites") continue;
    const input = make("input", { type: "checkbox", value: name, checked });
    box.append(make("label", {}, input, make("span", {}, texts[name])));
  }
  return { box, layers };
}

/** Builds the map into an element. */
function start(element, data) {
  const app = { city: cityOf(data), data, texts: data.texts, element };
  const { box, layers } = layerBoxes(app.city);
  app.scene = { where: EVERYWHERE, layers, task: null, outlets: [] };
  app.selected = app.hovered = null;
  build(app, box);
  app.outlets = box.querySelector("input[value=outlets]");
  buildMap(app);
  listen(app, box);
  select(app, "all", EVERYWHERE);
}

function build(app, layerBox) {
  const { texts, data } = app;
  app.category = categorySelect(data);
  app.place = placeSelect(data);
  app.reset = make("button", { type: "button" }, texts.reset);
  app.form = make("form", { class: "siting-map-form" },
    make("label", {}, make("span", {}, texts.category), app.category),
    make("label", {}, make("span", {}, texts.filter), app.place), layerBox, app.reset);
  app.box = make("div", { class: "siting-map-box", "aria-label": texts.map, role: "application" });
  app.canvas = make("canvas", { "aria-hidden": "true" });
  app.tip = make("div", { class: "siting-map-tip", hidden: true });
  app.scaleBar = make("div", { class: "siting-map-scale" });
  app.legend = make("section", { class: "siting-map-legend", "aria-label": texts.legend });
  app.facts = make("section", { class: "siting-map-facts", "aria-live": "polite" });
  app.listHead = make("h3");
  app.list = make("ol", { class: "siting-map-list" });
  const hint = make("span", { class: "siting-map-hint" }, texts.hint);
  const note = make("p", { class: "siting-map-note" }, hint, " ", data.note);
  const side = make("div", { class: "siting-map-side" }, app.facts, app.listHead, app.list);
  const main = make("div", { class: "siting-map-main" }, app.box, ...elsewhere(app), app.legend,
    note);
  app.element.classList.add("siting-map");
  app.element.replaceChildren(app.form, main, side);
}

function buildMap(app) {
  app.map = L.map(app.box, {
    crs: L.CRS.Simple, attributionControl: false, zoomControl: false, minZoom: -9, maxZoom: 2,
    zoomSnap: 0.25, zoomDelta: 0.5, zoomAnimation: false, fadeAnimation: false,
    scrollWheelZoom: false, preferCanvas: true, boxZoom: false,
  });
  const { zoom_in: zoomInTitle, zoom_out: zoomOutTitle } = app.texts;
  L.control.zoom({ zoomInTitle, zoomOutTitle }).addTo(app.map);
  app.box.prepend(app.canvas);
  const middle = make("div", { class: "siting-map-middle", "aria-hidden": "true" });
  app.box.append(app.scaleBar, middle, app.tip);
  app.map.fitBounds(bounds(app.city.view));
}

/** Buttons that show what lies beyond the first view of a scattered city. */
function elsewhere(app) {
  const { data, texts } = app;
  if (!data.elsewhere.length) return [];
  const views = [[texts.first_view, data.view], ...data.elsewhere];
  const buttons = views.map(([name, box]) => {
    const button = make("button", { type: "button" }, name);
    button.addEventListener("click", () => app.map.fitBounds(bounds(box), { padding: PADDING }));
    return button;
  });
  return [make("p", { class: "siting-map-elsewhere" }, make("span", {}, texts.elsewhere), ...buttons)];
}

const PADDING = [24, 24];

const bounds = (box) => [[box[1], box[0]], [box[3], box[2]]];

function listen(app, layerBox) {
  app.form.addEventListener("submit", (event) => event.preventDefault());
  const changed = () => {
    const [kind, number] = app.place.value.split(":");
    select(app, app.category.value, { kind, number: Number(number) });
  };
  app.category.addEventListener("change", changed);
  app.place.addEventListener("change", changed);
  layerBox.addEventListener("change", ({ target }) => {
    app.scene.layers[target.value] = target.checked;
    recolour(app);
    repaint(app);
  });
  app.reset.addEventListener("click", () => reset(app, layerBox));
  app.element.addEventListener("keydown", (event) => {
    if (event.key === "Escape") clear(app);
  });
  app.list.addEventListener("keydown", (event) => walkList(app, event));
  listenMap(app);
  listenSurroundings(app);
}

function listenMap(app) {
  app.map.on("move zoom resize viewreset", () => repaint(app));
  app.map.on("click", (event) => pick(app, event.containerPoint));
  app.map.on("mousemove", (event) => hover(app, event.containerPoint));
  app.map.on("mouseout movestart", () => hover(app, null));
  // The wheel belongs to the page until the map is in use.
  app.map.on("focus mousedown", () => app.map.scrollWheelZoom.enable());
  app.map.on("blur mouseout", () => app.map.scrollWheelZoom.disable());
  app.box.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.target !== app.box) return;
    pick(app, L.point(app.box.clientWidth / 2, app.box.clientHeight / 2), NEAR_MIDDLE);
  });
}

function listenSurroundings(app) {
  const again = () => { recolour(app); repaint(app); };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", again);
  new MutationObserver(again).observe(document.documentElement,
    { attributes: true, attributeFilter: ["class", "style", "data-theme"] });
  let fitted = app.box.clientWidth > 0;
  new ResizeObserver(() => {
    app.map.invalidateSize({ animate: false });
    if (!fitted && app.box.clientWidth > 0) {
      fitted = true;
      app.map.fitBounds(bounds(boxOf(app.city, app.scene.where)), { padding: PADDING });
    }
    repaint(app);
  }).observe(app.box);
  apps.push(app);
}

const apps = [];

function select(app, category, where) {
  const moved = where.kind !== app.scene.where.kind || where.number !== app.scene.where.number;
  const judged = judge(app.city, category === "all" ? null : Number(category));
  Object.assign(app.scene, { where, judged });
  app.scene.outlets = judged.category === null ? [] : [app.city.outlets.lists[judged.category]];
  app.outlets.disabled = judged.category === null;
  app.scene.spots = standing(app.city, app.scene);
  if (app.selected && !isShown(app.selected, app.scene)) app.selected = null;
  app.hovered = null;
  if (moved) app.map.fitBounds(bounds(boxOf(app.city, where)), { maxZoom: 0, padding: PADDING });
  fillList(app);
  tell(app);
  recolour(app);
  repaint(app);
}

function reset(app, layerBox) {
  app.form.reset();
  for (const input of layerBox.querySelectorAll("input"))
    app.scene.layers[input.value] = input.checked;
  app.selected = null;
  select(app, "all", EVERYWHERE);
  app.map.fitBounds(bounds(app.city.view));
}

function repaint(app) {
  if (app.waiting) return;
  app.waiting = requestAnimationFrame(() => {
    app.waiting = 0;
    paintMap(app);
  });
}

function paintMap(app) {
  const { x, y } = app.map.latLngToContainerPoint([0, 0]);
  const size = app.map.getSize();
  const view = frame(x, y, app.map.options.crs.scale(app.map.getZoom()), size.x, size.y);
  const colours = palette(app.element, printing);
  const fine = printing ? 2 : window.devicePixelRatio || 1;
  const ctx = prepare(app.canvas, size.x, size.y, fine, colours);
  if (!ctx) return;
  app.view = view;
  const scene = { ...app.scene, task: app.hovered || app.selected };
  paint(ctx, app.city, view, colours, scene);
  if (printing) paintScale(ctx, app.data, view, colours);
  const bar = scaleBar(app.data, view, 120);
  app.scaleBar.textContent = bar.text;
  app.scaleBar.style.width = `${bar.pixels}px`;
}
