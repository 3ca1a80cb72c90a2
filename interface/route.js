/* The address in the bar says what is seen. */

import { need } from "./asking.js";
import { ALIKE, VIEWS } from "./config.js";
import { $ } from "./dom.js";
import { routeLayers } from "./layers.js";
import { showOpening } from "./opening.js";
import { arrange, setCurrent } from "./room.js";
import { routeWorks } from "./shelf.js";
import { about, find, state } from "./state.js";
import { showGlossary } from "./terms.js";
import { showViewer } from "./viewer.js";

/** The address in the bar that shows this view, and this image large. */
export function link(place, view = state.view, chosen = state.chosen) {
  const words = new URLSearchParams({ view });
  if (chosen) words.set("chosen", chosen.join());
  else if (state.search) words.set("search", state.search);
  const named = place ?? (view === "layers" && state.walk) ?? {};
  for (const name of [...ALIKE, "id"]) if (named[name] != null) words.set(name, named[name]);
  return `#${words}`;
}

/** The address that shows these images side by side, and nothing else. */
export const sideBySide = (items) => link(null, "wall", items.map((item) => item.id));

/** The address in the bar says what is seen. */
export function route() {
  const words = new URLSearchParams(location.hash.replace(/^#\/?/, ""));  // "#/": an address, not a place on this page
  const view = words.get("view") ?? "gallery";
  state.view = VIEWS.includes(view) ? view : "gallery";
  document.body.dataset.view = state.view;
  state.chosen = words.get("chosen")?.split(",").filter(Boolean) ?? null;
  document.body.toggleAttribute("data-chosen", Boolean(state.chosen));
  $("search").value = state.search = words.get("search") ?? "";
  for (const name of VIEWS) {
    const tab = $(`to-${name}`);
    if (!tab) continue;
    tab.href = link(null, name, null);
    if (name === state.view && !state.chosen) tab.ariaCurrent = "page"; else tab.removeAttribute("aria-current");
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
  if (state.explains) routeWorks(words);
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
