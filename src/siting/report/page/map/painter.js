/* Paints a scene of a city on a canvas: the one painter of every map, on screen and on paper. */

const LIGHT = {
  ink: "#1c2127", muted: "#5b6670", paper: "#ffffff", line: "#cfd5db", accent: "#a3195b",
  before: "#2f6db5", new: "#e07b00", none: "#a9b1b9",
};
const DARK = {
  ink: "#eceff2", muted: "#a3adb7", paper: "#14181c", line: "#39424b", accent: "#ff7ab8",
  before: "#62a8ea", new: "#ffb13d", none: "#5f6a75",
};
const SHAPES = { new: "circle", retrofit: "square", introduce: "triangle", "add-on": "diamond" };
const DIM = 0.22;
// Numbers need so many square pixels a site, else they would be a thicket.
const NUMBER_ROOM = 10000;

// --- colours and words ----------------------------------------------------------------------

function palette(element, printing) {
  const dark = !printing && matchMedia("(prefers-color-scheme: dark)").matches;
  const style = getComputedStyle(element), colours = {};
  for (const [name, fallback] of Object.entries(dark ? DARK : LIGHT)) {
    const said = printing ? "" : style.getPropertyValue(`--${name}`).trim();
    colours[name] = said || fallback;
  }
  colours.some = mixed(colours.new, colours.paper, 0.5);
  colours.street = mixed(colours.muted, colours.paper, 0.35);
  colours.outline = mixed(colours.muted, colours.paper, 0.7);
  colours.byStatus = [colours.none, colours.some, colours.before, colours.new];
  colours.font = style.fontFamily || "sans-serif";
  return colours;
}

/** The share of one colour in another, both as anything that CSS calls a colour. */
function mixed(one, other, share) {
  const [a, b] = [one, other].map(rgb);
  return `rgb(${a.map((value, k) => Math.round(value * share + b[k] * (1 - share))).join(" ")})`;
}

function rgb(colour) {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const ctx = canvas.getContext("2d", { willReadFrequently: true });
  ctx.fillStyle = colour;
  ctx.fillRect(0, 0, 1, 1);
  return [...ctx.getImageData(0, 0, 1, 1).data.slice(0, 3)];
}

const fill = (text, fields) => text.replace(/\{(\w+)\}/g, (_, key) => String(fields[key]));
const whole = (data, value) => Math.round(value).toLocaleString(data.language);
const percent = (part, all) => `${(all > 0 ? 100 * part / all : 0).toFixed(1)} %`;

// --- the painter ----------------------------------------------------------------------------

/** A canvas made as fine as the screen or the printer, and cleared; null where it has no size. */
function prepare(canvas, width, height, scale, colours) {
  if (!(width > 0 && height > 0)) return null;
  const [wide, high] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
  const ctx = canvas.getContext("2d");
  ctx.setTransform(scale, 0, 0, scale, 0, 0);
  ctx.fillStyle = colours.paper;
  ctx.fillRect(0, 0, width, height);
  return ctx;
}

/** What a picture shows: pixels = left + x * scale, top - y * scale; box is in metres. */
function frame(left, top, scale, width, height) {
  const box = [-left / scale, (top - height) / scale, (width - left) / scale, top / scale];
  return { left, top, scale, width, height, box };
}

const sees = (view, box, margin) =>
  box[2] > view.box[0] - margin && box[0] < view.box[2] + margin &&
  box[3] > view.box[1] - margin && box[1] < view.box[3] + margin;

function trace(ctx, view, xy) {
  for (let k = 0; k < xy.length; k += 2) {
    const px = view.left + xy[k] * view.scale, py = view.top - xy[k + 1] * view.scale;
    if (k) ctx.lineTo(px, py); else ctx.moveTo(px, py);
  }
}

function strokeLines(ctx, view, lines, colour, width) {
  ctx.beginPath();
  for (const { xy, box } of lines) {
    // A line shorter than a pixel is not seen.
    const small = (box[2] - box[0] + box[3] - box[1]) * view.scale < 1;
    if (!small && sees(view, box, 0)) trace(ctx, view, xy);
  }
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.lineJoin = "round";
  ctx.stroke();
}

/** Pixels of a demand point: its area tells its people, within what can be seen. */
const radius = (view, people) =>
  Math.min(16, Math.max(1.15, 1.9 * Math.sqrt(people) * Math.pow(view.scale, 0.75)));

function paintResidents(ctx, city, view, colours, scene) {
  for (const dimmed of [true, false]) {
    ctx.globalAlpha = dimmed ? DIM : 1;
    for (const status of DRAWN) {
      ctx.fillStyle = colours.byStatus[status];
      ctx.beginPath();
      for (const i of scene.judged.order[status])
        if (isDim(city, scene, i) === dimmed) dot(ctx, city, view, scene.judged.people[i], i);
      ctx.fill();
    }
  }
  ctx.globalAlpha = 1;
}

const isDim = (city, scene, i) =>
  !inside(scene.where, city, i) || Boolean(scene.task && !scene.task.within.has(i));

function dot(ctx, city, view, people, i, more = 0) {
  const px = view.left + city.x[i] * view.scale, py = view.top - city.y[i] * view.scale;
  const r = radius(view, people) + more;
  if (px < -r || py < -r || px > view.width + r || py > view.height + r) return;
  if (r < 2 && !more) {
    ctx.rect(px - r, py - r, 2 * r, 2 * r);
  } else {
    ctx.moveTo(px + r, py);
    ctx.arc(px, py, r, 0, 2 * Math.PI);
  }
}

/** Rings round those whom a task newly covers, thick ones round those whom only it covers. */
function paintRings(ctx, city, view, colours, scene) {
  for (const [state, width] of [[1, 1], [ONLY, 2.4]]) {
    ctx.beginPath();
    for (const [i, found] of scene.task.within)
      if (found === state) dot(ctx, city, view, scene.judged.people[i], i, 1 + width / 2);
    ctx.strokeStyle = colours.accent;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

function paintArea(ctx, view, colours, area) {
  ctx.beginPath();
  trace(ctx, view, area.xy);
  ctx.closePath();
  ctx.globalAlpha = 0.12;
  ctx.fillStyle = colours.accent;
  ctx.fill();
  ctx.globalAlpha = 1;
  ctx.strokeStyle = colours.accent;
  ctx.lineWidth = 1.5;
  ctx.stroke();
}

function paintPlaces(ctx, city, view, colours, scene) {
  strokeLines(ctx, view, city.places.flatMap((place) => place.area), colours.outline, 1);
  if (scene.where.kind !== "place") return;
  strokeLines(ctx, view, city.places[scene.where.number].area, colours.ink, 1.5);
}

/** Names of places, or of districts where places lie too close for most of their names. */
function paintNames(ctx, city, view, colours, taken) {
  ctx.font = `600 12px ${colours.font}`;
  ctx.textAlign = "center";
  const seen = city.places.filter((place) => place.area.length && holds(view.box, middleOf(place)));
  let names = fittingNames(ctx, view, seen);
  if (city.districts.length && 2 * names.length < seen.length)
    names = fittingNames(ctx, view, [...city.districts]);
  for (const { name, px, py, box } of names) {
    label(ctx, colours, name, px, py);
    taken.push(box);
  }
}

/** The names that find room, those of most people first. */
function fittingNames(ctx, view, named) {
  const taken = [], picture = [0, 0, view.width, view.height];
  return named.sort((a, b) => b.people - a.people).map((one) => {
    const [x, y] = middleOf(one);
    const px = view.left + x * view.scale, py = view.top - y * view.scale;
    const half = ctx.measureText(one.name).width / 2 + 4;
    return { name: one.name, px, py, box: [px - half, py - 9, px + half, py + 9] };
  }).filter(({ box }) => holds(picture, box) && claim(taken, box));
}

/** Where the people of a place live on average, as a box; nowhere if there are none. */
function middleOf({ x, y, people }) {
  return [x / people, y / people, x / people, y / people];
}

const holds = (outer, box) =>
  box[0] >= outer[0] && box[1] >= outer[1] && box[2] <= outer[2] && box[3] <= outer[3];

/** Whether a box is free; then it is taken. */
function claim(taken, box) {
  const free = taken.every(
    (other) => box[2] < other[0] || box[0] > other[2] || box[3] < other[1] || box[1] > other[3]);
  if (free) taken.push(box);
  return free;
}

function label(ctx, colours, text, x, y) {
  ctx.textBaseline = "middle";
  ctx.lineJoin = "round";
  ctx.lineWidth = 3.5;
  ctx.strokeStyle = colours.paper;
  ctx.strokeText(text, x, y);
  ctx.fillStyle = colours.ink;
  ctx.fillText(text, x, y);
}

function paintOutlets(ctx, city, view, colours, lists) {
  const size = Math.min(4, Math.max(2, 14 * view.scale));
  ctx.beginPath();
  for (const { points } of lists)
    for (const i of points) cross(ctx, view, city.outlets.x[i], city.outlets.y[i], size);
  ctx.lineCap = "butt";
  for (const [colour, width] of [[colours.paper, 3.4], [colours.ink, 1.4]]) {
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
}

function cross(ctx, view, x, y, size) {
  const px = view.left + x * view.scale, py = view.top - y * view.scale;
  if (px < 0 || py < 0 || px > view.width || py > view.height) return;
  ctx.moveTo(px - size, py);
  ctx.lineTo(px + size, py);
  ctx.moveTo(px, py - size);
  ctx.lineTo(px, py + size);
}

function paintSites(ctx, city, view, colours) {
  for (let i = 0; i < city.sites.x.length; i++)
    symbol(ctx, view.left + city.sites.x[i] * view.scale, view.top - city.sites.y[i] * view.scale,
      candidate(colours));
}

const candidate = (colours) =>
  ({ shape: "circle", size: 3.5, fill: colours.paper, edge: colours.muted, width: 1.5 });

/** One site's sign: its shape says how it is built. */
function symbol(ctx, x, y, { shape, size, fill: inner, edge, width }) {
  ctx.beginPath();
  if (shape === "square") ctx.rect(x - size * 0.9, y - size * 0.9, size * 1.8, size * 1.8);
  else if (shape === "triangle") corners(ctx, x, y + size * 0.25, size * 1.3, 3, -Math.PI / 2);
  else if (shape === "diamond") corners(ctx, x, y, size * 1.25, 4, 0);
  else if (shape === "circle") ctx.arc(x, y, size, 0, 2 * Math.PI);
  else corners(ctx, x, y, size * 1.15, 6, 0);
  ctx.closePath();
  ctx.fillStyle = inner;
  ctx.fill();
  ctx.strokeStyle = edge;
  ctx.lineWidth = width;
  ctx.lineJoin = "miter";
  ctx.stroke();
}

function corners(ctx, x, y, size, count, turn) {
  for (let k = 0; k < count; k++) {
    const angle = turn + 2 * Math.PI * k / count;
    ctx.lineTo(x + size * Math.cos(angle), y + size * Math.sin(angle));
  }
}

const signOf = (colours, mode, size, marked) => ({
  shape: SHAPES[mode] || "hexagon", size, width: size < 4 ? 0.75 : 1.5,
  fill: marked ? colours.accent : colours.ink, edge: colours.paper,
});

/** The tasks that a scene shows, gathered by where they stand. */
function standing(city, scene) {
  const spots = new Map();
  for (const task of city.tasks) {
    if (!isShown(task, scene)) continue;
    const key = `${task.x} ${task.y}`;
    if (!spots.has(key)) spots.set(key, { x: task.x, y: task.y, tasks: [] });
    spots.get(key).tasks.push(task);
  }
  return [...spots.values()];
}

const isShown = (task, scene) =>
  inside(scene.where, task) &&
  (scene.judged.category === null || task.categories.includes(scene.judged.category));

const seenSpots = (view, scene) =>
  scene.spots.filter((spot) => sees(view, [spot.x, spot.y, spot.x, spot.y], 0));

const isNumbered = (seen, scene, view) =>
  scene.numbered || seen.length * NUMBER_ROOM <= view.width * view.height;

function paintSigns(ctx, view, colours, scene) {
  const seen = seenSpots(view, scene);
  const size = isNumbered(seen, scene, view) ? 6.5 : Math.min(4.5, Math.max(2.5, 90 * view.scale));
  for (const spot of seen) {
    const px = view.left + spot.x * view.scale, py = view.top - spot.y * view.scale;
    const marked = spot.tasks.includes(scene.task);
    symbol(ctx, px, py, signOf(colours, spot.tasks[0].mode, marked ? size + 2 : size, marked));
  }
}

function paintAllNumbers(ctx, view, colours, scene, taken) {
  const seen = seenSpots(view, scene);
  if (!isNumbered(seen, scene, view)) return;
  for (const { x, y } of seen) {
    const px = view.left + x * view.scale, py = view.top - y * view.scale;
    taken.push([px - 6, py - 6, px + 6, py + 6]);
  }
  ctx.font = `700 12px ${colours.font}`;
  ctx.textAlign = "left";
  for (const spot of seen) paintNumbers(ctx, view, colours, spot, taken);
}

/** The numbers of what stands at a spot, on a side that is free; none is, none are shown. */
function paintNumbers(ctx, view, colours, spot, taken) {
  const text = spot.tasks.map((task) => task.number).join(", ");
  const px = view.left + spot.x * view.scale, py = view.top - spot.y * view.scale;
  const wide = ctx.measureText(text).width;
  const middle = px - wide / 2;
  const sides = [
    [px + 10, py], [px - 10 - wide, py], [middle, py - 15], [middle, py + 15],
    [px + 8, py - 12], [px - 8 - wide, py - 12], [px + 8, py + 12], [px - 8 - wide, py + 12],
  ];
  const free = sides.find(([x, y]) => claim(taken, [x - 1, y - 7, x + wide + 1, y + 7]));
  if (free) label(ctx, colours, text, ...free);
}

/** Everything a scene shows, the lowest first. */
function paint(ctx, city, view, colours, scene) {
  const show = scene.layers, taken = [];
  const street = Math.min(3, Math.max(0.6, 5 * view.scale));
  if (show.streets) strokeLines(ctx, view, city.streets, colours.street, street);
  if (show.barriers) strokeLines(ctx, view, city.barriers, colours.muted, Math.max(1.2, street));
  if (show.names) paintPlaces(ctx, city, view, colours, scene);
  if (scene.task) paintArea(ctx, view, colours, scene.task.area);
  if (show.residents) paintResidents(ctx, city, view, colours, scene);
  if (scene.task) paintRings(ctx, city, view, colours, scene);
  if (show.sites) paintSites(ctx, city, view, colours);
  if (show.outlets) {
    ctx.globalAlpha = scene.faint ? 0.5 : 1;
    paintOutlets(ctx, city, view, colours, scene.outlets);
    ctx.globalAlpha = 1;
  }
  if (show.chosen) paintSigns(ctx, view, colours, scene);
  if (show.names && !scene.unnamed) paintNames(ctx, city, view, colours, taken);
  if (show.chosen) paintAllNumbers(ctx, view, colours, scene, taken);
}

/** A bar of a round length, of at most so many pixels. */
function scaleBar(data, view, most) {
  const longest = most / view.scale, power = Math.pow(10, Math.floor(Math.log10(longest)));
  const length = power * [5, 2, 1].find((step) => step * power <= longest);
  const text = length < 1000
    ? fill(data.texts.metres, { count: length.toLocaleString(data.language) })
    : fill(data.texts.kilometres, { count: (length / 1000).toLocaleString(data.language) });
  return { text, pixels: length * view.scale };
}

function paintScale(ctx, data, view, colours) {
  const { text, pixels } = scaleBar(data, view, Math.min(120, view.width / 3));
  const y = view.height - 12;
  for (const [colour, width] of [[colours.paper, 5], [colours.ink, 2]]) {
    ctx.beginPath();
    ctx.moveTo(12, y - 5);
    ctx.lineTo(12, y);
    ctx.lineTo(12 + pixels, y);
    ctx.lineTo(12 + pixels, y - 5);
    ctx.strokeStyle = colour;
    ctx.lineWidth = width;
    ctx.stroke();
  }
  ctx.font = `12px ${colours.font}`;
  ctx.textAlign = "center";
  label(ctx, colours, text, 12 + pixels / 2, y - 11);
}

function paintNorth(ctx, data, view, colours) {
  const x = view.width - 20, y = 14;
  ctx.beginPath();
  for (const [dx, dy] of [[0, 0], [7, 20], [0, 15], [-7, 20]]) ctx.lineTo(x + dx, y + dy);
  ctx.closePath();
  ctx.fillStyle = colours.ink;
  ctx.strokeStyle = colours.paper;
  ctx.lineWidth = 3;
  ctx.stroke();
  ctx.fill();
  ctx.font = `600 12px ${colours.font}`;
  ctx.textAlign = "center";
  label(ctx, colours, data.texts.north, x, y + 29);
}
