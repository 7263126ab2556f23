/* The plan at hand, the one beside it, the list of all, and the site that was clicked. */

function showFigures() {
  const view = known.view;
  if (!view) { el("figures").replaceChildren(make("p", { class: "fine" }, known.state?.ready ? T.no_plan : T.loading)); return; }
  const goal = view.goals[0];
  const rows = view.goals.flatMap((one, g) => [...(g ? [[one.name, ""]] : []), [T.before, one.before],
    [T.after, one.after], [T.at_most, one.bound], [T.gap, one.gap]]);
  el("figures").replaceChildren(
    make("p", { class: "big" }, goal.after), make("p", { class: "fine" }, `${goal.name}; ${T.gap} ${goal.gap}`),
    table([], [...rows, [T.spent, view.spend], [T.offers, String(view.chosen.length)],
      [T.complete, view.complete.join(" → ")]]),
    make("details", {}, make("summary", {}, T.coverage), table([T.category, T.before, T.after],
      view.coverage.map((one) => [one.category, percent(one.before / Math.max(1, one.residents)), percent(one.after / Math.max(1, one.residents))]))));
}

function showProgress() {
  const running = known.state && known.state.running;
  el("progress").hidden = !running;
  el("solve").disabled = Boolean(running) || known.state?.read_only;
  if (!running) return;
  const p = running.progress;
  el("progress-bar").value = p && p.gap !== null && p.gap !== undefined ? Math.max(0, Math.min(1, 1 + Math.log10(Math.max(p.gap, 1e-4)) / -4)) : 0;
  el("progress-text").textContent = p && p.incumbent !== null
    ? fill(T.progress, { objective: number(p.incumbent), bound: p.bound === null ? "–" : number(p.bound), gap: percent(p.gap), seconds: p.seconds.toFixed(1) })
    : `${T.solving} …`;
  if (known.preview && (!p || p.incumbent === null)) el("progress-text").textContent = fill(T.first_plan, { count: known.preview.chosen.length });
}

function showScenarios() {
  const { scenarios, current, read_only: fixed } = known.state;
  const ordered = [...scenarios].sort((a, b) => Number(b.pinned) - Number(a.pinned) || b.id - a.id);
  el("scenarios").replaceChildren(...ordered.map((one) => scenarioItem(one, one.id === current, fixed)));
  const options = [make("option", { value: "" }, T.nothing), ...ordered.filter((one) => one.id !== current)
    .map((one) => make("option", { value: String(one.id) }, title(one)))];
  const kept = el("against").value;
  el("against").replaceChildren(...options);
  el("against").value = scenarios.some((one) => String(one.id) === kept && one.id !== current) ? kept : "";
  el("undo").disabled = fixed || !(scenarios.find((one) => one.id === current)?.parent);
}

// The plan that a workspace begins with has no name but that of its folder.
const called = (one) => (one.name === one.folder && one.parent === null ? T.at_the_start : one.name);
const title = (one) => `${one.pinned ? "★ " : ""}${one.id}. ${called(one)}`;

function scenarioItem(one, isCurrent, fixed) {
  const goal = one.figures.goals[0], path = `/api/scenarios/${one.id}`;
  const act = (text, work, label) => button(text, async () => { try { await work(); } catch (e) { showAlert(e.message); } },
    { "aria-label": `${label || text}: ${title(one)}`, disabled: fixed && work.changes ? "" : undefined });
  const changes = (work) => Object.assign(work, { changes: true });
  const actions = [
    act(T.show, changes(() => ask(`${path}/show`, "POST"))),
    act(one.pinned ? T.unpin : T.pin, changes(() => ask(path, "PATCH", { pinned: !one.pinned }))),
    act(T.rename, changes(async () => {
      const name = prompt(T.new_name, called(one));
      if (name) await ask(path, "PATCH", { name });
    })),
    act(T.report, () => download(one, "export/report")), act(T.workbook, () => download(one, "export/workbook")),
    act(T.document, () => download(one, "export/document")), act(T.model_file, () => download(one, "model")),
    act(T.hide, changes(() => ask(path, "DELETE"))),
  ];
  return make("li", { class: isCurrent ? "current" : undefined, "aria-current": isCurrent ? "true" : undefined },
    make("strong", {}, title(one)), make("div", { class: "fine" },
      `${money(one.request.budget ?? known.city.money.budget)} · ${number(Math.floor(goal.objective + 1e-6))} · ${T.gap} ${percent(one.figures.certified_gap)}`),
    make("div", { class: "actions" }, ...actions));
}

/** Lets the browser keep a file; the server writes it first. */
async function download(one, part) {
  showAlert(T.making);
  const answer = await fetch(address(`/api/scenarios/${one.id}/${part}`));
  if (!answer.ok) throw new Error((await answer.json()).problems.join("\n"));
  const name = /filename="?([^";]+)/.exec(answer.headers.get("content-disposition") || "")?.[1] || "plan";
  const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  URL.revokeObjectURL(link.href);
  showAlert("");
}

async function compareWith() {
  const other = el("against").value, here = known.state.current;
  known.other = null;
  el("comparison").replaceChildren();
  if (other && here) {
    try {
      known.other = await ask(`/api/scenarios/${other}/view`);
      map.show();
      drawLegend();
      const found = await ask(`/api/compare?a=${other}&b=${here}`);
      el("comparison").replaceChildren(make("p", {}, found.verdict),
        table([T.figure, T.other, T.this, T.difference], found.rows));
    } catch (error) { el("comparison").textContent = error.message; }
  }
  map.show();
  drawLegend();
}

function chooseSite(s) {
  known.site = s;
  known.area = -1;
  const site = known.city.sites.list[s], chosen = new Set((known.view?.chosen || []).map((one) => one.offer_id));
  const name = site.name || site.id;
  const names = (text) => text.split(";").map((id) => nameOf("category", id.trim())).join(" + ");
  const reasons = make("div", {}), area = areaNames().indexOf(site[known.city.area]);
  const rows = site.offers.map(([offer, categories, cost]) => [names(categories), money(cost), chosen.has(offer) ? T.chosen : "",
    make("span", { class: "row" }, ...mustButtons(`${name} · ${names(categories)}`, { locked_in: { offers: [offer] } }, { locked_out: { offers: [offer] } }),
      known.state.current ? button(T.why, () => showWhy("offer", offer, reasons), { "aria-label": `${T.why} ${names(categories)}` }) : null)]);
  el("site").replaceChildren(make("h3", {}, name), make("p", { class: "fine" }, [...new Set([site.id, site.district, site.circle])].filter(Boolean).join(" · ")),
    make("div", { class: "row" },
      ...mustButtons(name, { count: { site: [site.id], at_least: 1 } }, { locked_out: { sites: [site.id] } }),
      known.state.current ? button(T.why, () => showWhy("site", site.id, reasons)) : null,
      area >= 0 ? button(areaNames()[area], () => chooseArea(area)) : null),
    reasons, table([T.offers, T.money, "", T.wish], rows));
  map.show();
}

/** An area: how many of its people have everything, its sites, and what may be wished of it. */
function chooseArea(a) {
  known.site = -1;
  known.area = a;
  const kind = known.city.area, name = areaNames()[a], reasons = make("div", {});
  const here = known.city.sites.list.flatMap((site, s) => (site[kind] === name ? [s] : []));
  const [all, before, after] = completeIn(a);
  const share = (count) => percent(count / Math.max(1, all));
  el("site").replaceChildren(make("h3", {}, name),
    make("p", { class: "fine" }, `${fill(T.people, { people: number(all) })}; ${T.complete}: ${share(before)} → ${share(after)}`),
    make("div", { class: "row" },
      ...mustButtons(name, { count: { [kind]: [name], at_least: 1 } }, { count: { [kind]: [name], at_most: 0 } }),
      known.state.current && here.length ? button(T.why, () => showWhy("area", name, reasons)) : null,
      button(T.by_form, () => prefill(kind, name))),
    reasons,
    make("details", {}, make("summary", {}, `${T.sites_here}: ${here.length}`),
      make("div", { class: "row" }, ...here.map((s) => button(known.city.sites.list[s].name || known.city.sites.list[s].id, () => chooseSite(s))))));
  map.show();
}

/** People of an area: all, and those with every required category before and after. */
function completeIn(a) {
  const { before, areas, people, words } = map.arrays, after = (before && afterMasks()) || before;
  const mask = maskOf(-1), found = [0, 0, 0];
  for (let p = 0; p < areas.length; p++) {
    if (areas[p] !== a + 1) continue;
    const has = (masks) => masks !== null && mask.every((word, w) => (masks[p * words + w] & word) === word);
    found[0] += people.all[p];
    if (has(before)) found[1] += people.all[p];
    if (has(after)) found[2] += people.all[p];
  }
  return found;
}

const mustButtons = (name, must, mustNot) => [[T.must, must], [T.must_not, mustNot]].map(([word, entry]) =>
  button(word, () => addRule(entry, `${word}: ${name}`), { "aria-label": `${word}: ${name}` }));

function prefill(kind, place) {
  el("floors").open = true;
  el("floor-place").value = `${kind}:${place}`;
  el("floor-number").focus();
}

async function showWhy(kind, place, box) {
  box.replaceChildren(make("p", { role: "status" }, T.being_worked_out), make("progress", { "aria-label": T.being_worked_out }));
  try {
    const found = await ask(`/api/scenarios/${known.state.current}/why?${kind}=${encodeURIComponent(place)}`);
    box.replaceChildren(table([], found));
  } catch (error) { box.replaceChildren(make("p", { class: "problems" }, error.message)); }
}
