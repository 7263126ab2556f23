/* A city as its data packs it (map_data.py, packing.py), and who is covered by what. */

// What a demand point is to a filter, in the order of drawing; of nobody nothing is drawn.
const NONE = 0, SOME = 1, BEFORE = 2, NEW = 3, NOBODY = 4;
const DRAWN = [NONE, SOME, BEFORE, NEW];
// The state of a demand point in a catchment that nothing else in the plan covers.
const ONLY = 2;

// --- what is packed -----------------------------------------------------------------------

const KINDS = { u1: Uint8Array, u2: Uint16Array, u4: Uint32Array, f4: Float32Array };

function bytesOf(text) {
  const raw = atob(text.slice(3));
  const bytes = new Uint8Array(raw.length);
  for (let at = 0; at < raw.length; at++) bytes[at] = raw.charCodeAt(at);
  return bytes;
}

function unpack(text) {
  return new KINDS[text.slice(0, 2)](bytesOf(text).buffer);
}

/** A function that gives the whole numbers of a stream one by one, and undefined at its end. */
function reader(text) {
  const bytes = bytesOf(text);
  let at = 0;
  return () => {
    if (at >= bytes.length) return undefined;
    let value = 0, scale = 1, byte;
    do {
      byte = bytes[at++];
      value += (byte & 127) * scale;
      scale *= 128;
    } while (byte > 127);
    return value;
  };
}

function unpackLists(text) {
  const next = reader(text), lists = [];
  for (let size = next(); size !== undefined; size = next()) {
    const points = new Uint32Array(size), states = new Uint8Array(size);
    for (let k = 0, last = 0; k < size; k++) {
      const code = next();
      last += code >>> 2;
      points[k] = last;
      states[k] = code & 3;
    }
    lists.push({ points, states });
  }
  return lists;
}

/** Lines with their boxes, in metres. */
function unpackLines(text, unit) {
  const next = reader(text), lines = [];
  const step = () => { const code = next(); return code & 1 ? -(code + 1) / 2 : code / 2; };
  let x = 0, y = 0;
  for (let size = next(); size !== undefined; size = next()) {
    const xy = new Float32Array(2 * size);
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    for (let k = 0; k < size; k++) {
      x += step();
      y += step();
      xy[2 * k] = x * unit;
      xy[2 * k + 1] = y * unit;
      grow(box, x * unit, y * unit);
    }
    lines.push({ xy, box });
  }
  return lines;
}

function grow(box, x, y) {
  box[0] = Math.min(box[0], x);
  box[1] = Math.min(box[1], y);
  box[2] = Math.max(box[2], x);
  box[3] = Math.max(box[3], y);
}

const metres = (text, unit) => Float32Array.from(unpack(text), (value) => value * unit);
const located = (packed, unit) => ({ x: metres(packed.x, unit), y: metres(packed.y, unit) });

const cities = new WeakMap();

/** The city in arrays, unpacked once for all maps of a page. */
function cityOf(data) {
  if (!cities.has(data)) cities.set(data, unpackCity(data));
  return cities.get(data);
}

function unpackCity(data) {
  const unit = data.unit, points = data.points;
  const people = {};
  for (const group of Object.keys(data.people)) people[group] = unpack(data.people[group]);
  const city = {
    data, people, words: data.words, count: people.all.length,
    ...located(points, unit),
    place: unpack(points.place), district: unpack(points.district),
    before: unpack(points.before), after: unpack(points.after),
    minutesBefore: unpack(points.minutes_before), minutesAfter: unpack(points.minutes_after),
    streets: unpackLines(data.streets, unit), barriers: unpackLines(data.barriers, unit),
    outlets: { ...located(data.outlets, unit), lists: unpackLists(data.outlets.by_category) },
    sites: located(data.sites, unit),
    places: data.places.map((place) => ({ ...place, area: unpackLines(place.area, unit) })),
    districts: data.districts.map((name) => ({ name })),
    tasks: data.tasks.map((task) => ({ ...task, x: task.x * unit, y: task.y * unit })),
    view: data.view.map((length) => length * unit),
    whole: [0, 0, ...data.size.map((length) => length * unit)],
    required: new Uint32Array(data.words),
  };
  data.categories.forEach((category, c) => {
    if (category.required) city.required[c >>> 5] |= 1 << (c & 31);
  });
  addCatchments(city, data.catchments, unit);
  addBoxes(city);
  return city;
}

/** Gives each task its area and, by demand point, the best state over its categories. */
function addCatchments(city, packed, unit) {
  const task = unpack(packed.task), category = unpack(packed.category);
  const areas = unpackLines(packed.areas, unit);
  city.newBy = city.data.categories.map(() => new Map());
  city.tasks.forEach((one, number) => {
    one.area = areas[number];
    one.within = new Map();
  });
  unpackLists(packed.points).forEach(({ points, states }, line) => {
    const one = city.tasks[task[line]], by = city.newBy[category[line]];
    points.forEach((point, k) => {
      one.within.set(point, Math.max(states[k], one.within.get(point) || 0));
      if (states[k]) by.set(point, [...(by.get(point) || []), one.number]);
    });
  });
}

const EMPTY = () => ({ box: [Infinity, Infinity, -Infinity, -Infinity], people: 0, x: 0, y: 0 });

/** Gives places and districts their people, the sums of where these live, and their boxes. */
function addBoxes(city) {
  for (const one of [...city.places, ...city.districts]) Object.assign(one, EMPTY());
  for (let i = 0; i < city.count; i++) {
    const [x, y, people] = [city.x[i], city.y[i], city.people.all[i]];
    for (const one of [city.places[city.place[i]], city.districts[city.district[i]]]) {
      if (!one) continue;
      grow(one.box, x, y);
      one.people += people;
      one.x += people * x;
      one.y += people * y;
    }
  }
  for (const task of city.tasks)
    for (const one of [city.places[task.place], city.districts[task.district]])
      if (one) grow(one.box, task.x, task.y);
}

// --- who is covered -------------------------------------------------------------------------

const hasBit = (masks, words, point, c) =>
  (masks[point * words + (c >>> 5)] >>> (c & 31) & 1) === 1;

/** Status and people of each demand point: of one category, or of all required ones (null). */
function judge(city, category) {
  const group = category === null ? "all" : city.data.categories[category].group;
  const people = city.people[group], status = new Uint8Array(city.count);
  for (let i = 0; i < city.count; i++) {
    if (!(people[i] > 0)) status[i] = NOBODY;
    else if (category === null) status[i] = completeness(city, i);
    else if (hasBit(city.before, city.words, i, category)) status[i] = BEFORE;
    else status[i] = hasBit(city.after, city.words, i, category) ? NEW : NONE;
  }
  return { category, group, people, status, order: byStatus(status) };
}

function completeness(city, point) {
  let before = true, after = true, gains = false;
  for (let w = 0; w < city.words; w++) {
    const need = city.required[w], at = point * city.words + w;
    if (need & ~city.before[at]) before = false;
    if (need & ~city.after[at]) after = false;
    if (need & city.after[at] & ~city.before[at]) gains = true;
  }
  if (before) return BEFORE;
  if (after) return NEW;
  return gains ? SOME : NONE;
}

function byStatus(status) {
  const order = DRAWN.map(() => []);
  status.forEach((value, i) => { if (value !== NOBODY) order[value].push(i); });
  return order;
}

// --- places that are looked at --------------------------------------------------------------

const EVERYWHERE = { kind: "all", number: -1 };

/** Whether a task, or one of the demand points of a city, lies where a filter looks. */
function inside(where, thing, at) {
  if (where.kind === "all") return true;
  const lies = thing[where.kind];
  return (at === undefined ? lies : lies[at]) === where.number;
}

function boxOf(city, where) {
  if (where.kind === "place") return city.places[where.number].box;
  return where.kind === "district" ? city.districts[where.number].box : city.view;
}
