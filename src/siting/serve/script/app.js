/* Starts the page, listens to the server, and solves the request when it may. */

let waiting = false, shown = null, mine = null;

/** Solves the request; where another solve runs, that one is ended first: cancelled if it is ours. */
async function solveRequest() {
  waiting = true;
  await trySolve();
}

async function trySolve() {
  if (!waiting || known.state.read_only) return;
  if (known.state.running) {
    await endSolve(known.state.running.scenario === mine).catch(() => null);
    return;
  }
  waiting = false;
  const name = el("rules").querySelector("li:last-child span")?.textContent || money(known.request.budget);
  try {
    const begun = await ask("/api/solve", "POST", { request: plainRequest(known.request), name: name.slice(0, 80) });
    mine = begun.scenario;
  } catch (error) {
    if (error.status === 409) waiting = true;
    else el("problems").textContent = error.message;
  }
}

const endSolve = (cancel) => ask(`/api/solve?cancel=${cancel}`, "DELETE");

async function takeState(state) {
  const before = known.state;
  known.state = state;
  const first = state.ready && !before?.ready;
  showAlert(state.failure ? fill(T.failed, { why: state.failure }) : state.read_only ? T.read_only : "");
  if (!known.city) { showFigures(); return; }
  if (!state.running) known.preview = null;
  if (state.current !== shown) await showCurrent(state);
  if (before && before.running && !state.running) map.redraw();
  showScenarios();
  showProgress();
  drawFrontier();
  // What a request says in words is known once the solver has been loaded.
  if (first && state.current === null) checkRequest();
  if (waiting && !state.running) trySolve();
}

/** The state comes in pieces; one is taken after the other. */
let turn = Promise.resolve();
const inTurn = (work) => { turn = turn.then(work).catch((error) => showAlert(error.message)); };

async function showCurrent(state) {
  const last = shown;
  shown = state.current;
  if (shown === null) { known.view = null; showFigures(); return; }
  known.view = await ask(`/api/scenarios/${shown}/view`);
  const scenario = state.scenarios.find((one) => one.id === shown);
  known.request = { ...scenario.request, rules: scenario.request.rules.map((entry) => ({ entry, words: wordsOf(entry) })) };
  known.request.budget = known.request.budget ?? known.city.first.budget;
  showRequest();
  showFigures();
  showScenarios();
  if (last !== null && state.scenarios.some((one) => one.id === last)) el("against").value = String(last);
  checkRequest();
  map.redraw();
  await compareWith();
}

const spoken = new Map();
function wordsOf(entry) {
  for (const rule of known.request ? known.request.rules : []) if (rule.words) spoken.set(JSON.stringify(rule.entry), rule.words);
  return spoken.get(JSON.stringify(entry)) || "";
}

/** The map and the wishes, which need nothing but the inputs; then who has what today. */
async function loadCity() {
  const city = await ask("/api/city");
  const { first } = await ask("/api/state");
  city.first = { model: first.model, budget: first.budget ?? city.money.budget };
  known.city = city;
  known.request = emptyRequest();
  el("city").textContent = city.name;
  document.title = `${city.name} · ${T.title}`;
  startWishes();
  map.start();
  el("site-names").replaceChildren(...areaNames().map((name) => make("option", { value: name })),
    ...city.sites.list.map((site) => make("option", { value: site.name || site.id })));
  el("loading").hidden = true;
  el("wishes").inert = false;
  showRequest();
  drawLegend();
  if (known.state) inTurn(() => takeState(known.state));
  map.complete(await ask("/api/today"));
}

function listen() {
  const source = new EventSource(address("/api/events"));
  source.addEventListener("state", (e) => { const state = JSON.parse(e.data); inTurn(() => takeState(state)); });
  source.addEventListener("preview", (e) => {
    const preview = JSON.parse(e.data);
    inTurn(() => { if (!known.city) return; known.preview = preview; map.redraw(); showProgress(); });
  });
  source.addEventListener("progress", (e) => {
    const progress = JSON.parse(e.data);
    inTurn(() => {
      if (!known.city || !known.state.running) return;
      known.state = { ...known.state, running: { ...known.state.running, progress } };
      showProgress();
    });
  });
  source.onerror = () => showAlert(T.offline);
}

function listenToPage() {
  el("language").href = `?token=${encodeURIComponent(TOKEN)}&lang=${LANG === "zh" ? "en" : "zh"}`;
  el("theme").addEventListener("click", () => {
    const root = document.documentElement, dark = root.dataset.theme === "dark"
      || (!root.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    root.dataset.theme = dark ? "light" : "dark";
    drawLegend();
    drawFrontier();
    map.redraw();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { drawLegend(); map.redraw(); });
  el("solve").addEventListener("click", async () => { if (await checkRequest()) solveRequest(); });
  el("stop").addEventListener("click", () => endSolve(false).catch((e) => showAlert(e.message)));
  el("cancel").addEventListener("click", () => endSolve(true).catch((e) => showAlert(e.message)));
  el("undo").addEventListener("click", () => ask("/api/undo", "POST").catch((e) => showAlert(e.message)));
  el("against").addEventListener("change", compareWith);
  for (const id of ["shown", "layer-streets"]) el(id).addEventListener("change", () => map.redraw());
  for (const id of ["layer-sites", "layer-outlets"]) el(id).addEventListener("change", () => map.show());
  el("closer").addEventListener("click", () => map.zoom(1.5));
  el("farther").addEventListener("click", () => map.zoom(1 / 1.5));
  el("whole").addEventListener("click", () => map.whole());
  el("find").addEventListener("change", () => {
    const said = el("find").value;
    const s = known.city.sites.list.findIndex((site) => (site.name || site.id) === said || site.id === said);
    const area = areaNames().indexOf(said);
    // Leaving the field says the same again; what is shown must not move under a click.
    if (s >= 0 && s !== known.site) chooseSite(s);
    else if (s < 0 && area >= 0 && area !== known.area) chooseArea(area);
  });
}

listenToPage();
listen();
loadCity().catch((error) => { el("loading").hidden = true; showAlert(fill(T.failed, { why: error.message })); });
