/* What is known: models, images by id and by what names them, what this browser keeps. */

import { ALIKE, EMPTY, MEMORY, STEADY, UNFINISHED } from "./config.js";
import { notify, pick } from "./dom.js";
import { say } from "./language.js";
import { controlOf, retitled } from "./words.js";

export const state = {
  live: false, explains: false, away: "", status: null,
  models: new Map(), presets: [], items: new Map(), keys: new Map(),
  view: "gallery", walk: null, search: "", compared: [], place: null,
  paper: false, room: "", list: [], differ: new Set(), lines: 2, cells: [], current: null,
  names: new Set(), controls: new Map(), queue: [], kept: recall(), pictures: new Map(), costs: new Map(), asked: 0,
};

export function recall() {
  try { return JSON.parse(localStorage.getItem(MEMORY)) ?? {}; } catch { return {}; }
}

/** Keep a favourite or a note; other windows of the page may have written meanwhile. */
export function keep(item, changes) {
  const kept = (state.kept = recall());
  const entry = { ...kept[item.id], ...changes };
  if (entry.star || entry.note) kept[item.id] = entry; else delete kept[item.id];
  keepAll(kept);
}

/** Keep all these favourites and notes. */
export function keepAll(kept) {
  state.kept = kept;
  try { localStorage.setItem(MEMORY, JSON.stringify(kept)); }
  catch { notify(say("trouble.unkept")); }
}

export const keyOf = (place) => [...ALIKE.map((name) => place[name]), JSON.stringify(place.settings ?? {})].join("|");
export const unfinished = (item) => UNFINISHED.has(item?.state);
export const empty = (item) => EMPTY.has(item?.state);
export const layerOf = (place) => state.models.get(place.model)?.layers?.find((layer) => layer.name === place.layer);
export const find = (place) => state.items.get(place.id) ?? state.items.get(state.keys.get(keyOf(place)));

/** Take in a job or a finished image; returns what is known of it now. */
export function learn(news) {
  const known = state.items.get(news.id);
  const item = Object.assign(known ?? {}, { state: "done", progress: 1 }, news);
  if (item.state === "failed" && /service ended before/.test(item.error)) item.state = "lost";
  item.left = item.state === "rendering" ? steady(item) : null;
  item.time ??= Date.parse(news.created ?? news.date) || 0;
  item.title = retitled(item.title);
  if (item.control) state.controls.set(item.model, item.control);
  const control = controlOf(item.model);
  const words = [item.title, item.class_name, item.preset, control && `control ${control}`];
  item.words = words.filter(Boolean).join(" ").toLowerCase();  // what is searched: not the model's name
  item.stack = keyOf({ ...item, octave: "" });  // the same for all sizes of an image
  state.names.add(item.model);
  state.items.set(item.id, item);
  const rival = state.items.get(state.keys.get(keyOf(item)));
  if (!rival || rival.time <= item.time) state.keys.set(keyOf(item), item.id);
  return item;
}

/** The seconds left that are shown: none before the first tenth, then the told ones, evened out over some seconds. */
function steady({ seconds_left: told, progress, left }, now = performance.now() / 1000) {
  if (told == null || progress < 0.1) return null;
  if (!left) return { seconds: told, at: now };
  const past = now - left.at, expected = Math.max(left.seconds - past, 1);
  const weight = 1 - Math.exp(-past / STEADY);
  return { seconds: expected * (Math.max(told, 1) / expected) ** weight, at: now };
}

/** What names an image, with changes: the place of another. */
export const about = (place, changes) => ({ ...pick(place, [...ALIKE, "settings"]), ...changes });

export const presetOf = (place) => state.presets.find((preset) => preset.name === place.preset);
export const isServed = ({ model }) => state.live && state.models.has(model);  // or it can be looked at, but not drawn
export const sizeOf = (place) => (presetOf(place)?.sizes ?? state.models.get(place.model)?.sizes)?.[place.octave - 1];

export const samePlace = (place) => state.place && keyOf(find(state.place) ?? state.place) === keyOf(place);
