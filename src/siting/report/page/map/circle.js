/* One place on one small canvas, and what happens to every map when the page is printed. */

// --- one place on one canvas ----------------------------------------------------------------

const smallMaps = [];
let printing = false;

/** The picture that shows a box of metres in so many pixels, with a margin. */
function fitted(box, width, height) {
  const margin = 26, least = 300;
  const wide = Math.max(box[2] - box[0], least), high = Math.max(box[3] - box[1], least);
  const scale = Math.min((width - 2 * margin) / wide, (height - 2 * margin) / high);
  const [x, y] = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
  return frame(width / 2 - x * scale, height / 2 + y * scale, scale, width, height);
}

function circleScene(city, place) {
  const where = { kind: "place", number: place };
  const layers = { streets: true, barriers: true, names: true, residents: true, outlets: true,
    sites: false, chosen: true };
  const scene = { where, layers, judged: judge(city, null), outlets: city.outlets.lists,
    task: null, numbered: true, faint: true, unnamed: true };
  return { ...scene, spots: standing(city, scene) };
}

function paintCircle(small) {
  const { canvas, city, place, size } = small;
  const width = canvas.clientWidth || size[0];
  const height = width * size[1] / size[0];
  const colours = palette(canvas, printing);
  const scale = printing ? 2 : Math.max(window.devicePixelRatio || 1, 1.5);
  const ctx = prepare(canvas, width, height, scale, colours);
  const view = fitted(city.places[place].box, width, height);
  paint(ctx, city, view, colours, circleScene(city, place));
  paintScale(ctx, city.data, view, colours);
  paintNorth(ctx, city.data, view, colours);
  small.painted = true;
}

/** Draws one place on a canvas once it comes into sight, and before it is printed.
 *
 * The canvas is as wide as its style says, else as its attribute; its attributes give the shape.
 */
function circle(canvas, data, place) {
  const city = cityOf(data);
  if (!city.places[place]) throw new RangeError(`no place ${place}`);
  const small = { canvas, city, place, size: [canvas.width, canvas.height], painted: false };
  canvas.style.aspectRatio = `${small.size[0]} / ${small.size[1]}`;
  canvas.style.height = "auto";
  canvas.setAttribute("role", "img");
  if (!canvas.ariaLabel) canvas.setAttribute("aria-label", city.places[place].name);
  smallMaps.push(small);
  const sight = new IntersectionObserver((entries) => {
    if (!entries.some((entry) => entry.isIntersecting)) return;
    sight.disconnect();
    paintCircle(small);
  }, { rootMargin: "300px" });
  sight.observe(canvas);
}

// --- printing -------------------------------------------------------------------------------

function setPrinting(value) {
  printing = value;
  for (const app of apps) {
    recolour(app);
    paintMap(app);
  }
  for (const small of smallMaps) if (value || small.painted) paintCircle(small);
}

window.addEventListener("beforeprint", () => setPrinting(true));
window.addEventListener("afterprint", () => setPrinting(false));

function paintAgain() {
  for (const small of smallMaps) if (small.painted) paintCircle(small);
}

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintAgain);
new MutationObserver(paintAgain).observe(document.documentElement,
  { attributes: true, attributeFilter: ["data-theme"] });
