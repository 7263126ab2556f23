/* The map: streets, homes by what they have, and sites, on a canvas that moves without redrawing. */

const theme = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

/** The city in arrays, from what the server packs. */
function cityArrays(data) {
  const people = {};
  for (const group of Object.keys(data.people)) people[group] = unpack(data.people[group]);
  return {
    people, streets: null, before: null, words: data.words,
    points: located(data.points, data.unit), areas: unpack(data.points.area),
    sites: located(data.sites, data.unit), outlets: located(data.outlets, data.unit),
    outletsBy: unpackLists(data.outlets.by_category), view: data.view.map((v) => v * data.unit),
  };
}

/** The streets as one path in metres. */
function streetPath(packed, unit) {
  const streets = new Path2D();
  for (const line of unpackLines(packed, unit)) {
    streets.moveTo(line.xy[0], line.xy[1]);
    for (let k = 2; k < line.xy.length; k += 2) streets.lineTo(line.xy[k], line.xy[k + 1]);
  }
  return streets;
}

const map = {
  arrays: null, scale: 1, x: 0, y: 0, base: document.createElement("canvas"), at: null, late: 0, kept: null,

  start() {
    this.arrays = cityArrays(known.city);
    this.canvas = el("canvas");
    this.pen = this.canvas.getContext("2d");
    new ResizeObserver(() => this.resize()).observe(el("canvas-box"));
    this.listen();
    this.resize();
    this.whole();
  },

  /** Takes in what comes later: who has what today, and the streets. */
  complete(today) {
    this.arrays.before = unpack(today.before);
    this.arrays.streets = streetPath(today.streets, known.city.unit);
    this.redraw();
  },

  resize() {
    const ratio = window.devicePixelRatio || 1, box = el("canvas-box");
    this.canvas.width = this.base.width = Math.max(1, Math.round(box.clientWidth * ratio));
    this.canvas.height = this.base.height = Math.max(1, Math.round(box.clientHeight * ratio));
    this.ratio = ratio;
    this.redraw();
  },

  whole() {
    const [left, bottom, right, top] = this.arrays.view;
    const wide = Math.max(1, right - left), high = Math.max(1, top - bottom);
    this.scale = 0.94 * Math.min(this.canvas.width / wide, this.canvas.height / high);
    this.x = (left + right) / 2;
    this.y = (bottom + top) / 2;
    this.redraw();
  },

  toScreen(x, y) {
    return [(x - this.x) * this.scale + this.canvas.width / 2,
      this.canvas.height / 2 - (y - this.y) * this.scale];
  },

  /** Moves what is drawn at once, and draws anew when it rests. */
  moved() {
    this.show();
    clearTimeout(this.late);
    this.late = setTimeout(() => this.redraw(), 90);
  },

  zoom(factor, px = this.canvas.width / 2, py = this.canvas.height / 2) {
    const dx = (px - this.canvas.width / 2) / this.scale;
    const dy = (this.canvas.height / 2 - py) / this.scale;
    this.x += dx * (1 - 1 / factor);
    this.y += dy * (1 - 1 / factor);
    this.scale = Math.min(20, Math.max(1e-4, this.scale * factor));
    this.moved();
  },

  redraw() {
    if (!this.arrays) return;
    const pen = this.base.getContext("2d");
    this.at = { scale: this.scale, x: this.x, y: this.y };
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, this.base.width, this.base.height);
    if (this.arrays.streets && el("layer-streets").checked) this.drawStreets(pen);
    this.drawHomes(pen);
    this.show();
  },

  drawStreets(pen) {
    const { width, height } = this.base, s = this.scale;
    pen.setTransform(s, 0, 0, -s, width / 2 - this.x * s, height / 2 + this.y * s);
    pen.lineWidth = Math.max(0.7 * this.ratio, 3 * s) / s;
    pen.strokeStyle = theme("--line");
    pen.stroke(this.arrays.streets);
    pen.setTransform(1, 0, 0, 1, 0, 0);
  },

  /** Homes in three colours; of the category shown, or of all that are required. */
  drawHomes(pen) {
    const { points, before } = this.arrays, states = this.states();
    const size = Math.max(2 * this.ratio, Math.min(7 * this.ratio, 26 * this.scale));
    const passes = before ? [[1, "--none"], [2, "--before"], [3, "--new"]] : [[1, "--dot"]];
    for (const [wanted, colour] of passes) {
      pen.fillStyle = theme(colour);
      for (let p = 0; p < points.x.length; p++) {
        if (states[p] !== wanted) continue;
        const [x, y] = this.toScreen(points.x[p], points.y[p]);
        if (x < -9 || y < -9 || x > this.base.width + 9 || y > this.base.height + 9) continue;
        pen.fillRect(x - size / 2, y - size / 2, size, size);
      }
    }
  },

  /** Of each home: 0 nobody of the group, 1 without, 2 covered today, 3 newly; kept till it changes. */
  states() {
    const { before, words, people, points } = this.arrays, c = shownCategory();
    const after = (before && afterMasks()) || before, last = this.kept;
    if (last && last.c === c && last.before === before && last.after === after) return last.states;
    const mask = maskOf(c), lives = people[shownGroup()], states = new Uint8Array(points.x.length);
    const has = (masks, p) => {
      for (let w = 0; w < words; w++) if ((masks[p * words + w] & mask[w]) !== mask[w]) return false;
      return true;
    };
    for (let p = 0; p < states.length; p++) {
      if (lives[p]) states[p] = !before ? 1 : has(before, p) ? 2 : has(after, p) ? 3 : 1;
    }
    this.kept = { c, before, after, states };
    return states;
  },

  /** What lies below, moved with the view, and the sites on it. */
  show() {
    if (!this.at) return;
    const pen = this.pen, factor = this.scale / this.at.scale;
    const { width, height } = this.canvas;
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    const dx = (this.at.x - this.x) * this.scale, dy = (this.y - this.at.y) * this.scale;
    pen.setTransform(factor, 0, 0, factor,
      width / 2 * (1 - factor) + dx, height / 2 * (1 - factor) + dy);
    pen.drawImage(this.base, 0, 0);
    pen.setTransform(1, 0, 0, 1, 0, 0);
    if (el("layer-outlets").checked) this.drawOutlets(pen);
    this.drawSites(pen);
  },

  drawOutlets(pen) {
    const c = shownCategory(), list = c < 0 ? [] : this.arrays.outletsBy[c].points;
    this.discs(pen, this.arrays.outlets, list, 2.2, "--ink");
  },

  drawSites(pen) {
    const { sites } = this.arrays, here = [...chosenSites()], there = otherSites();
    if (el("layer-sites").checked) this.discs(pen, sites, sites.x.keys(), 2, "--dot");
    pen.lineWidth = 2 * this.ratio;
    if (there) {
      const both = new Set(here);
      this.discs(pen, sites, [...there].filter((s) => !both.has(s)), 5.5, "--series-4", false);
      this.discs(pen, sites, here.filter((s) => !there.has(s)), 5, "--accent");
    }
    this.discs(pen, sites, here.filter((s) => !there || there.has(s)), 5, "--new-ink");
    if (known.site >= 0) this.discs(pen, sites, [known.site], 9, "--ink", false);
    if (known.area >= 0) this.drawArea(pen);
  },

  /** The homes of the area that was clicked, ringed. */
  drawArea(pen) {
    const homes = [];
    this.arrays.areas.forEach((area, p) => { if (area === known.area + 1) homes.push(p); });
    pen.lineWidth = this.ratio;
    this.discs(pen, this.arrays.points, homes, 4, "--ink", false);
  },

  /** Discs or rings of one colour, in one stroke; smaller where the whole city is seen. */
  discs(pen, places, list, whole, colour, filled = true) {
    const radius = whole * this.ratio * Math.min(1, Math.max(0.4, 40 * this.scale / this.ratio));
    pen.fillStyle = pen.strokeStyle = theme(colour);
    pen.beginPath();
    for (const k of list) {
      const [x, y] = this.toScreen(places.x[k], places.y[k]);
      if (x < -20 || y < -20 || x > this.canvas.width + 20 || y > this.canvas.height + 20) continue;
      pen.moveTo(x + radius, y);
      pen.arc(x, y, radius, 0, 7);
    }
    if (filled) pen.fill(); else pen.stroke();
  },

  /** The place nearest to one on the screen, within a finger's width; -1 where there is none. */
  nearest(places, counts, px, py) {
    let best = -1, least = (18 * this.ratio) ** 2;
    for (let k = 0; k < places.x.length; k++) {
      const [x, y] = this.toScreen(places.x[k], places.y[k]);
      const far = (x - px) ** 2 + (y - py) ** 2;
      if (far < least && counts(k)) { least = far; best = k; }
    }
    return best;
  },

  listen() {
    const fingers = new Map();
    let travelled = 0, spread = 0;
    const where = (e) => [e.offsetX * this.ratio, e.offsetY * this.ratio];
    this.canvas.addEventListener("pointerdown", (e) => {
      this.canvas.setPointerCapture(e.pointerId);
      fingers.set(e.pointerId, where(e));
      travelled = 0;
      spread = 0;
    });
    this.canvas.addEventListener("pointermove", (e) => {
      const last = fingers.get(e.pointerId);
      if (!last) return;
      const [x, y] = where(e);
      fingers.set(e.pointerId, [x, y]);
      travelled += Math.abs(x - last[0]) + Math.abs(y - last[1]);
      if (fingers.size === 2) {
        const [a, b] = [...fingers.values()], now = Math.hypot(a[0] - b[0], a[1] - b[1]);
        if (spread) this.zoom(now / spread, (a[0] + b[0]) / 2, (a[1] + b[1]) / 2);
        spread = now;
        return;
      }
      this.x -= (x - last[0]) / this.scale;
      this.y += (y - last[1]) / this.scale;
      this.moved();
    });
    const up = (e) => {
      const was = fingers.delete(e.pointerId);
      if (was && e.type === "pointerup" && travelled < 6 * this.ratio) {
        const shown = el("layer-sites").checked ? (_) => true : (s) => chosenSites().has(s);
        const s = this.nearest(this.arrays.sites, shown, ...where(e));
        const home = s < 0 ? this.nearest(this.arrays.points, (p) => this.arrays.areas[p] > 0, ...where(e)) : -1;
        if (s >= 0) chooseSite(s);
        else if (home >= 0) chooseArea(this.arrays.areas[home] - 1);
      }
    };
    for (const kind of ["pointerup", "pointercancel"]) this.canvas.addEventListener(kind, up);
    this.canvas.addEventListener("wheel", (e) => {
      e.preventDefault();
      this.zoom(e.deltaY < 0 ? 1.25 : 0.8, ...where(e));
    }, { passive: false });
    this.canvas.addEventListener("keydown", (e) => this.key(e));
  },

  key(e) {
    const step = 60 * this.ratio / this.scale;
    const moves = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
    if (moves[e.key]) {
      this.x += moves[e.key][0] * step;
      this.y += moves[e.key][1] * step;
      this.moved();
    } else if (e.key === "+" || e.key === "=") this.zoom(1.4);
    else if (e.key === "-") this.zoom(1 / 1.4);
    else return;
    e.preventDefault();
  },
};

const shownCategory = () => Number(el("shown").value);
const shownGroup = () =>
  shownCategory() < 0 ? "all" : known.city.categories[shownCategory()].group;

/** The words of one category, or of all that are required (-1). */
function maskOf(c) {
  const mask = new Array(known.city.words).fill(0);
  known.city.categories.forEach((category, k) => {
    if (c < 0 ? category.required : c === k) mask[k >>> 5] |= 1 << (k & 31);
  });
  return mask;
}

/** What homes have with the plan, or with the first answer of the solve that runs. */
function afterMasks() {
  const shown = known.preview || known.view;
  if (!shown) return null;
  shown.masks = shown.masks || unpack(shown.covered);
  return shown.masks;
}

function sitesOf(view) {
  if (!view) return new Set();
  if (!known.siteIndex) {
    known.siteIndex = new Map(known.city.sites.list.map((site, s) => [site.id, s]));
  }
  view.sites = view.sites || new Set(view.chosen.map((one) => known.siteIndex.get(one.site_id)));
  return view.sites;
}

const chosenSites = () => sitesOf(known.preview || known.view);
const otherSites = () => (known.other ? sitesOf(known.other) : null);

function drawLegend() {
  const swatch = (colour, text, ring, round = ring) => make("li", {},
    make("span", { class: "swatch", "data-colour": colour, "data-ring": ring && "1", "data-round": round && "1" }), text);
  const items = [swatch("--before", T.has_today), swatch("--new", T.newly), swatch("--none", T.not_covered)];
  if (known.other) {
    items.push(swatch("--accent", T.only_here, false, true), swatch("--series-4", T.only_other, true));
  } else items.push(swatch("--new-ink", T.in_plan, false, true));
  el("legend").replaceChildren(...items);
  for (const one of el("legend").querySelectorAll(".swatch")) {
    one.style[one.dataset.ring ? "borderColor" : "background"] = theme(one.dataset.colour);
  }
}
