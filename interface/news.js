/* What the service knows, asked again and again. */

import { api, pages } from "./api.js";
import { PACE, UNFINISHED } from "./config.js";
import { showCounts } from "./counts.js";
import { $, loading, make, notify } from "./dom.js";
import { chooseModel, choosePreset, fillSelect, fillSizes, formLayer } from "./form.js";
import { say } from "./language.js";
import { recallQueue } from "./memory.js";
import { showOpening } from "./opening.js";
import { arrange } from "./room.js";
import { route } from "./route.js";
import { find, learn, state, unfinished } from "./state.js";
import { showStrips } from "./strips.js";
import { repaint } from "./tiles.js";
import { complain, tellAway } from "./trouble.js";
import { methodName } from "./words.js";

/** Files beside the images that are no cards: what belongs to them is not shown, so they are named. */
function showLeftOut() {
  const files = state.status.left_out ?? [];
  const [summary, list] = $("left-out").children;
  $("left-out").hidden = !files.length;
  summary.textContent = say("news.setAside", { count: files.length });
  list.replaceChildren(...files.map(({ file, reason }) => make("li", { textContent: `${file}: ${reason}` })));
}

/** Everything the service knows, at the start and when it comes back. */
export async function load() {
  state.status = await api.status();
  showLeftOut();
  const [{ models }, { presets, default: standard }] = await Promise.all([api.models(), api.presets()]);
  const first = !state.live;
  state.live = true;
  for (const { name, architecture } of models) state.models.set(name, { ...state.models.get(name), name, architecture });
  state.presets = presets;
  if (first) {
    $("panel").hidden = false;
    document.querySelector(".room").dataset.live = "yes";
    fillSelect($("model"), [["", models.map((model) => [model.name, model.name])]]);
    fillSelect($("preset"), [["", presets.map(({ name }) => [name, methodName(name)])]], standard);
    choosePreset();
  }
  if (models.length && !formLayer()) await chooseModel($("model").value);
  if (first) fillSizes();
  await loadJobs();
  for await (const { images } of pages(api.images)) {
    images.forEach(learn);
    state.loading = false;
    arrange();
  }
  await recallQueue();
  arrange();
  state.explains = true;
  showOpening();
  if (first) route();

}

async function loadJobs() {
  for (const name of UNFINISHED) for await (const { jobs } of pages(api.jobsIn(name))) jobs.forEach(learn);
}

/** News of the unfinished images, a request's worth at a time: those that run, then the others in turn. */
async function follow() {
  const runs = (item) => item.state === "rendering";
  const open = [...state.items.values()].filter(unfinished)
    .sort((a, b) => runs(b) - runs(a) || (a.polled ?? 0) - (b.polled ?? 0)).slice(0, 100);
  if (!open.length) return;
  const { jobs } = await api.jobs(open.map((item) => item.id));
  const told = new Map(jobs.map((job) => [job.id, job]));
  const ended = [];
  let lost = false;
  for (const item of open) {
    lost ||= !told.has(item.id);
    learn(told.get(item.id) ?? { id: item.id, state: "lost" });
    item.polled = performance.now();
    if (!unfinished(item)) ended.push(item);
    if (item.state === "done") { item.date ??= new Date().toISOString(); notify(say("news.finished", item)); }
  }
  if (lost) await load();
  repaint(open);
  if (ended.length) { arrange(); showOpening(); } else showCounts();
  const place = state.place && (find(state.place) ?? state.place);
  if (ended.some((item) => item.layer === place?.layer && item.neuron === place?.neuron)) showStrips(place);
  await Promise.race([Promise.all(loading), new Promise((resolve) => setTimeout(resolve, 2000))]);
}

/** Whether others have asked for something meanwhile. */
async function lookRound() {
  const { images: before } = state.status;
  const { images, queued, rendering } = (state.status = await api.status());
  showLeftOut();
  const known = [...state.items.values()].filter(unfinished).length;
  if (images === before && queued + rendering.length <= known) return;
  await loadJobs();
  (await api.images(0, 100)).images.forEach(learn);
  arrange();
}

export let wake = () => {};

/** Ask the service again and again, the more often the more there is to see. */
export async function watch() {
  for (let round = 0; ; round++) {
    const busy = [...state.items.values()].some(unfinished);
    const pace = document.hidden ? PACE.hidden : busy && !state.away ? PACE.busy : PACE.idle;
    await new Promise((resolve) => { wake = resolve; setTimeout(resolve, pace); });
    try {
      if (state.away || !state.live) { await load(); tellAway(""); notify(say("news.back")); }
      if (busy) await follow();
      if (!busy || round % 12 === 0) await lookRound();
    } catch (error) { complain(error); }
  }
}
