/* The address in the bar says what is seen. */

import { need } from "./asking.js";
import { comparing, routeComparison } from "./compare.js";
import { ALIKE, LISTS, VIEWS } from "./config.js";
import { $ } from "./dom.js";
import { routeExperiment } from "./experiment.js";
import { routeLayers } from "./layers.js";
import { routeMap } from "./mapping.js";
import { showOpening } from "./opening.js";
import { arrange, setCurrent } from "./room.js";
import { routeWorks } from "./shelf.js";
import { about, find, state } from "./state.js";
import { showGlossary } from "./terms.js";
import { showViewer } from "./viewer.js";

/** The address in the bar that shows this view, and this image large. */
export function link(place, view = state.view) {
  const words = new URLSearchParams({ view });
  if (view === "compare") words.set("images", state.compared.join());
  else if (state.search) words.set("search", state.search);
  const named = place ?? (view === "layers" && state.walk) ?? {};
  for (const name of [...ALIKE, "id"]) if (named[name] != null) words.set(name, named[name]);
  return `#${words}`;
}

/** The address in the bar says what is seen. */
export function route() {
  const words = new URLSearchParams(location.hash.replace(/^#\/?/, ""));  // "#/": an address, not a place on this page
  if (words.has("chosen")) return location.replace(comparing(words.get("chosen").split(",")));  // as it was called before
  const view = words.get("view") ?? "gallery";
  state.view = VIEWS.includes(view) ? view : "gallery";
  document.body.dataset.view = state.view;
  document.body.toggleAttribute("data-lists", LISTS.includes(state.view));
  $("search").value = state.search = words.get("search") ?? "";
  for (const name of VIEWS) {
    const tab = $(`to-${name}`);
    if (!tab) continue;
    tab.href = link(null, name);
    if (name === state.view) tab.ariaCurrent = "page"; else tab.removeAttribute("aria-current");
  }
  routeLayers(words);
  const item = state.items.get(words.get("id"));
  const isNamed = words.get("layer") && /^\d+$/.test(words.get("neuron"));
  state.place = item ? about(item, { id: item.id }) : isNamed ? placeIn(words) : null;
  arrange();
  showOpening();
  $("glossary").hidden = state.view !== "glossary";
  if (state.view === "glossary") showGlossary(words.get("term"));
  if (state.place && !state.loading) openPlace(); else if ($("viewer").open) $("viewer").close();
  routeComparison(words);
  routeExperiment(words);
  if (state.explains) routeWorks(words);
  routeMap(words);
}









/** The place that a link names; what it leaves out has the value of an image that is there, or a usual one. */
function placeIn(words) {
  const named = Object.fromEntries(ALIKE.filter((name) => words.get(name)).map((name) => [name, words.get(name)]));
  for (const name of ["neuron", "octave", "seed"]) if (name in named) named[name] = Number(named[name]);
  const near = [...state.items.values()].find((item) => Object.entries(named).every(([name, value]) => item[name] === value));
  return about({ model: $("model").value, octave: 4, preset: $("preset").value, seed: 0, ...near, ...named });
}

async function openPlace() {
  const place = state.place;
  if (state.live) await need(place.model).catch(() => {});
  if (place !== state.place) return;
  const item = find(place);
  if (item && state.list.includes(item)) setCurrent(item.id);
  showViewer();
}
