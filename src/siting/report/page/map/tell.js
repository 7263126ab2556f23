/* What the interactive map tells of itself: legend, what is pointed at or chosen, and the list. */

const NO_WALK = 255, LONGEST_WALK = 120;
// Pixels from a demand point at which it is still meant, by a pointer and by a key.
const NEAR = 8, NEAR_MIDDLE = 80;

// --- legend ---------------------------------------------------------------------------------

function recolour(app) {
  const { city, scene, texts, data } = app, { judged } = scene;
  const colours = palette(app.element, printing);
  const sums = [0, 0, 0, 0];
  judged.status.forEach((status, i) => {
    if (status !== NOBODY && inside(scene.where, city, i)) sums[status] += judged.people[i];
  });
  const all = sums.reduce((a, b) => a + b, 0);
  const of = (text) => judged.group === "all" ? text : `${text} (${data.groups[judged.group]})`;
  const head = make("tr", {}, make("th", { scope: "col" }, texts.legend),
    make("th", { scope: "col" }, of(texts.people)), make("th", { scope: "col" }, texts.share));
  const rows = legendRows(judged.category, texts).map(([status, text]) => make("tr", {},
    make("th", { scope: "row" },
      swatch(colours, (ctx) => paintDot(ctx, colours.byStatus[status])), text),
    make("td", {}, whole(data, sums[status])), make("td", {}, percent(sums[status], all))));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows));
  app.legend.replaceChildren(table, symbolKey(app, colours));
}

function legendRows(category, texts) {
  if (category !== null) return [[BEFORE, texts.before], [NEW, texts.new], [NONE, texts.none]];
  const whole = [[BEFORE, texts.all_before], [NEW, texts.all_new]];
  return [...whole, [SOME, texts.all_some], [NONE, texts.all_none]];
}

/** The signs that stand for things rather than people. */
function symbolKey(app, colours) {
  const { city, scene, texts, data } = app, items = [];
  const add = (text, draw) => items.push(make("li", {}, swatch(colours, draw), text));
  const shown = city.tasks.filter((task) => isShown(task, scene));
  // Outlets and candidate sites are counted in the whole city alone.
  const everywhere = scene.where.kind === "all";
  for (const mode of new Set(city.tasks.map((task) => task.mode))) {
    const some = shown.filter((task) => task.mode === mode);
    if (!some.length) continue;
    const { mode_name: name } = city.tasks.find((task) => task.mode === mode);
    add(`${name || texts.chosen} (${whole(data, some.length)})`,
      (ctx) => symbol(ctx, 9, 9, signOf(colours, mode, 5, false)));
  }
  if (scene.judged.category !== null) {
    const count = whole(data, scene.outlets[0].points.length);
    const text = everywhere ? `${texts.outlets} (${count})` : texts.outlets;
    add(text, (ctx) => paintCross(ctx, colours));
  }
  if (scene.layers.sites)
    add(`${texts.sites}${everywhere ? ` (${whole(data, city.sites.x.length)})` : ""}`,
      (ctx) => symbol(ctx, 9, 9, candidate(colours)));
  add(texts.catchment, (ctx) => paintArea(ctx, frame(0, 18, 1, 18, 18), colours,
    { xy: [2, 3, 15, 2, 16, 14, 4, 16] }));
  add(texts.ring_new, (ctx) => paintRing(ctx, colours, 1));
  add(texts.ring_only, (ctx) => paintRing(ctx, colours, 2.4));
  return make("ul", {}, ...items);
}

function swatch(colours, draw) {
  const canvas = make("canvas", { class: "siting-map-swatch", "aria-hidden": "true" });
  draw(prepare(canvas, 18, 18, 2, colours));
  return canvas;
}

function paintDot(ctx, colour) {
  ctx.fillStyle = colour;
  ctx.beginPath();
  ctx.arc(9, 9, 6.5, 0, 2 * Math.PI);
  ctx.fill();
}

function paintRing(ctx, colours, width) {
  paintDot(ctx, colours.new);
  ctx.strokeStyle = colours.accent;
  ctx.lineWidth = width;
  ctx.stroke();
}

function paintCross(ctx, colours) {
  ctx.beginPath();
  cross(ctx, frame(0, 18, 1, 18, 18), 9, 9, 5);
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 1.6;
  ctx.stroke();
}

// --- what is pointed at ---------------------------------------------------------------------

function nearestSpot(app, at) {
  if (!app.scene.layers.chosen || !app.view) return null;
  return nearest(app.scene.spots, 13, (spot) => distance(app.view, spot.x, spot.y, at));
}

function nearestPoint(app, at, reach) {
  const { city, scene, view } = app;
  if (!scene.layers.residents || !view) return null;
  let best = null, least = Infinity;
  for (let i = 0; i < city.count; i++) {
    if (scene.judged.status[i] === NOBODY || !inside(scene.where, city, i)) continue;
    const away = distance(view, city.x[i], city.y[i], at);
    const near = Math.max(reach, radius(view, scene.judged.people[i]) + 2);
    if (away < least && away <= near) [best, least] = [i, away];
  }
  return best;
}

function nearest(things, most, measure) {
  let best = null, least = most;
  for (const thing of things) {
    const away = measure(thing);
    if (away <= least) [best, least] = [thing, away];
  }
  return best;
}

const distance = (view, x, y, at) =>
  Math.hypot(view.left + x * view.scale - at.x, view.top - y * view.scale - at.y);

function hover(app, at) {
  const spot = at && nearestSpot(app, at);
  const point = at && !spot ? nearestPoint(app, at, NEAR) : null;
  const task = spot ? spot.tasks.find((one) => one === app.selected) || spot.tasks[0] : null;
  if (task !== app.hovered) {
    app.hovered = task;
    repaint(app);
  }
  app.box.classList.toggle("siting-map-pointing", Boolean(spot));
  if (spot) showTip(app, at, spot.tasks.map((one) => titleOf(app, one)));
  else if (point !== null) showTip(app, at, pointLines(app, point));
  else app.tip.hidden = true;
}

const titleOf = (app, task) => `${fill(app.texts.number, task)} ${task.names}`;

function showTip(app, at, lines) {
  app.tip.replaceChildren(...lines.map((line) => make("div", {}, line)));
  app.tip.hidden = false;
  const [wide, high] = [app.tip.offsetWidth, app.tip.offsetHeight];
  const right = at.x + 14 + wide < app.box.clientWidth;
  app.tip.style.left = `${Math.max(4, right ? at.x + 14 : at.x - 14 - wide)}px`;
  app.tip.style.top = `${Math.max(4, Math.min(at.y + 14, app.box.clientHeight - high - 4))}px`;
}

/** Takes what is clicked: a site, the next one at the same spot, a demand point, or nothing. */
function pick(app, at, reach = NEAR) {
  const spot = nearestSpot(app, at);
  if (spot) {
    choose(app, spot.tasks[(spot.tasks.indexOf(app.selected) + 1) % spot.tasks.length], false);
    return;
  }
  const point = nearestPoint(app, at, reach);
  app.selected = null;
  tell(app, point);
  repaint(app);
}

function choose(app, task, travel) {
  app.selected = task;
  app.hovered = null;
  app.tip.hidden = true;
  if (travel) {
    const box = [...task.area.box];
    grow(box, task.x, task.y);
    app.map.fitBounds(bounds(box), { maxZoom: -0.5, padding: [50, 50], animate: false });
  }
  tell(app);
  repaint(app);
}

function clear(app) {
  app.selected = app.hovered = null;
  app.tip.hidden = true;
  tell(app);
  repaint(app);
}

// --- what is told ---------------------------------------------------------------------------

/** Shows the facts of the selected task, else of a demand point, else what to do. */
function tell(app, point = null) {
  const { texts } = app;
  markList(app);
  if (app.selected) app.facts.replaceChildren(...taskFacts(app, app.selected));
  else if (point !== null) {
    const [head, ...lines] = pointLines(app, point);
    app.facts.replaceChildren(make("h3", {}, head), ...lines.map((line) => make("p", {}, line)));
  } else app.facts.replaceChildren(make("p", { class: "siting-map-hint" }, texts.nothing));
}

function taskFacts(app, task) {
  const { texts, data } = app;
  const persons = (people) => fill(texts.persons, { people: whole(data, people) });
  const pairs = [
    [texts.place, `${task.site}${task.site === task.site_id ? "" : ` (${task.site_id})`}`],
    [texts.filter, app.data.places[task.place].name],
    [texts.mode, task.mode_name], [texts.cost, task.cost], [texts.investment, task.investment],
    [texts.newly, persons(task.newly)], [texts.only, persons(task.only)],
  ];
  const list = make("dl");
  for (const [name, value] of pairs)
    if (value) list.append(make("dt", {}, name), make("dd", {}, value));
  const close = make("button", { type: "button" }, texts.close);
  close.addEventListener("click", () => clear(app));
  return [make("h3", {}, titleOf(app, task)), list, close];
}

/** A demand point in a few lines: who lives there, where, and what they have. */
function pointLines(app, i) {
  const { city, texts, data, scene } = app, { category, group } = scene.judged;
  const all = whole(data, city.people.all[i]), people = whole(data, scene.judged.people[i]);
  const head = group === "all" ? fill(texts.point_people, { people })
    : fill(texts.point_group, { people, all, group: data.groups[group] });
  const place = data.places[city.place[i]].name, name = data.points.names[i];
  const where = name ? `${name} · ${place}` : place;
  const lines = category === null ? requiredLines(app, i) : categoryLines(app, i, category);
  return [head, where, ...lines];
}

function requiredLines(app, i) {
  const { city, texts, data } = app, lines = [];
  const required = data.categories.map((_, c) => c).filter((c) => data.categories[c].required);
  const had = required.filter((c) => hasBit(city.before, city.words, i, c));
  const has = required.filter((c) => hasBit(city.after, city.words, i, c));
  const counts = { before: had.length, after: has.length, all: required.length };
  lines.push(fill(has.length > had.length ? texts.has : texts.has_same, counts));
  const gained = has.filter((c) => !had.includes(c));
  const lacking = required.filter((c) => !has.includes(c));
  if (gained.length) lines.push(fill(texts.gains, { names: namesOf(app, gained) }));
  if (lacking.length) lines.push(fill(texts.lacks, { names: namesOf(app, lacking) }));
  return lines;
}

function namesOf(app, categories) {
  const most = 6, names = categories.slice(0, most).map((c) => app.data.categories[c].name);
  const others = categories.length - most;
  if (others > 0) names.push(fill(app.texts.more, { count: others }));
  return names.join(app.texts.comma);
}

function categoryLines(app, i, c) {
  const { city, texts, data, scene } = app, status = scene.judged.status[i];
  const at = c * city.count + i;
  const [before, after] = [city.minutesBefore[at], city.minutesAfter[at]];
  const words = { [BEFORE]: texts.before, [NEW]: texts.new, [NONE]: texts.none };
  const fields = { before: walkText(texts, before), after: walkText(texts, after) };
  const same = after === NO_WALK ? texts.no_walk : fill(texts.walk, { time: fields.after });
  const lines = [fill(texts.status, { name: data.categories[c].name, status: words[status] })];
  const walk = before === after ? same : fill(texts.walk_change, fields);
  lines.push(fill(texts.standard, { walk, minutes: data.categories[c].standard }));
  const by = city.newBy[c].get(i);
  if (status === NEW && by) lines.push(fill(texts.by, { numbers: by.join(texts.comma) }));
  return lines;
}

function walkText(texts, minutes) {
  if (minutes === NO_WALK) return texts.no_walk;
  return fill(minutes >= LONGEST_WALK ? texts.far : texts.minutes, { minutes });
}

// --- the list of chosen sites ---------------------------------------------------------------

function fillList(app) {
  const { texts, data } = app;
  const shown = app.city.tasks.filter((task) => isShown(task, app.scene))
    .sort((one, other) => one.number - other.number);
  app.listHead.textContent = fill(texts.tasks, { count: whole(data, shown.length) });
  app.buttons = shown.map((task) => {
    const button = make("button", { type: "button", tabindex: -1 },
      make("b", {}, String(task.number)),
      make("span", {}, task.names, make("small", {}, `${task.site} · ${task.cost}`)));
    button.addEventListener("click", () => choose(app, task, true));
    return { task, button };
  });
  const items = app.buttons.map(({ button }) => make("li", {}, button));
  app.list.replaceChildren(...(items.length ? items : [make("li", {}, texts.no_tasks)]));
}

/** Marks the selected task in the list; one button of the list is reached by the tab key. */
function markList(app) {
  if (!app.buttons) return;
  for (const { task, button } of app.buttons) {
    button.tabIndex = -1;
    if (task === app.selected) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  const current = app.buttons.find(({ task }) => task === app.selected) || app.buttons[0];
  if (!current) return;
  current.button.tabIndex = 0;
  if (app.selected) within(app.list, current.button);
}

/** Scrolls a list, and nothing around it, until one of its buttons is seen. */
function within(list, button) {
  const [outer, inner] = [list.getBoundingClientRect(), button.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top;
  if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom;
}

function walkList(app, event) {
  const at = app.buttons.findIndex(({ button }) => button === document.activeElement);
  const last = app.buttons.length - 1;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: last }[event.key];
  if (at < 0 || to === undefined) return;
  event.preventDefault();
  app.buttons[Math.min(Math.max(to, 0), last)].button.focus();
}
