/* Asking for images, asking again, cancelling. */

import { api } from "./api.js";
import { ALIKE } from "./config.js";
import { lostItems } from "./counts.js";
import { $, notify } from "./dom.js";
import { formLayer, formRequest } from "./form.js";
import { say } from "./language.js";
import { rememberQueue } from "./memory.js";
import { wake } from "./news.js";
import { arrange, setCurrent } from "./room.js";
import { link, route } from "./route.js";
import { about, find, keyOf, learn, state, unfinished } from "./state.js";
import { showStrips } from "./strips.js";
import { repaint } from "./tiles.js";
import { complain } from "./trouble.js";
import { showProgress } from "./viewer.js";
import { isChanged } from "./words.js";

/** A model with its layers, asked for once. */
export async function need(name) {
  const known = state.models.get(name);
  if (known?.layers || !known) return known;
  const told = await api.model(name);
  const model = { ...state.models.get(name), ...told };
  model.rank = new Map(model.layers.map((layer, i) => [layer.name, -i]));
  state.models.set(name, model);
  return model;
}

/** Ask for images: one request where they differ in one aspect only. */
export async function submit(first, ...more) {
  if (!state.live) { notify(say("asking.unserved")); return []; }
  const request = { ...first };
  for (const name of ALIKE) {
    const values = [...new Set([first, ...more].map((place) => place[name]))];
    if (values.length > 1) request[name] = values;
  }
  if (!isChanged(request.settings)) delete request.settings;
  try {
    const { jobs } = await api.submit(request);
    const items = jobs.map(learn);
    const coming = items.filter(unfinished).length;
    notify(coming ? say("asking.coming", { count: coming }) : say("asking.there"));
    wake();
    return items;
  } catch (error) {
    complain(error);
    return [];
  } finally {
    arrange();
    if (state.place) { showProgress(find(state.place)); showStrips(find(state.place) ?? state.place); }
  }
}

export async function renderForm(event) {
  event.preventDefault();
  if (!formLayer()) {
    state.clicked = true;
    $("estimate").textContent = say("asking.layers");
    return;
  }
  let request;
  try { request = formRequest(); } catch (error) {
    $("neuron").ariaInvalid = "true";
    $("estimate").textContent = error.message;
    return $("neuron").focus();
  }
  const items = await submit(request);
  if (!items.length) return;
  if (items.length === 1 && items[0].state === "done") { location.hash = link(items[0]); return; }
  if (state.view === "favourites" || state.search) {
    state.search = "";
    history.pushState(null, "", link(null, state.view === "wall" ? "wall" : "gallery"));
    route();
  }
  const asked = new Set(items.map((item) => item.id));
  reveal((state.list.find((item) => asked.has(item.id)) ?? items[0]).id);
}

function reveal(id) {
  arrange();
  setCurrent(id);
  const cell = state.cells.find((each) => each.key === id);
  if (!cell) return;
  const top = $("wall").getBoundingClientRect().top + cell.top;
  if (top < 80 || top + cell.height > innerHeight) scrollBy({ top: top - innerHeight / 4 });
}

/** Ask again for images: one request for those that differ in the neuron only. */
export async function again(items) {
  for (const alike of Map.groupBy(items, (item) => keyOf({ ...item, neuron: "" })).values()) await submit(...alike.map((item) => about(item)));
}

export function forget() {
  for (const item of lostItems()) { state.items.delete(item.id); state.keys.delete(keyOf(item)); }
  rememberQueue();
  arrange();
}

export async function cancelAll() {
  try { repaint((await api.cancelAll()).jobs.map(learn)); } catch (error) { complain(error); }
  arrange();
  wake();
}

export async function cancel(id) {
  try { repaint([learn(await api.cancel(id))]); } catch (error) { complain(error); }
  arrange();
  wake();
}
