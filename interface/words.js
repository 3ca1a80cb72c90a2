/* How things are called: durations, layers, neurons, models, the lines of a caption, alternative texts. */

import { PICTURE } from "./config.js";
import { count } from "./dom.js";
import { layerOf, state } from "./state.js";

export function duration(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;
}

/** Seconds left, rounded in words. */
function inWords(seconds) {
  if (seconds < 10) return "a few seconds";
  if (seconds < 25) return "about 20 seconds";
  if (seconds < 45) return "about half a minute";
  if (seconds < 90) return "about a minute";
  const minutes = seconds < 450 ? Math.round(seconds / 60) : Math.round(seconds / 300) * 5;
  return minutes < 60 ? `about ${minutes} minutes` : `about ${count(Math.round(minutes / 60), "hour")}`;
}

export function sight(layer) {
  if (layer?.receptive_field == null || layer.receptive_field >= PICTURE) return "sees the whole picture";
  return `sees ${layer.receptive_field} px of a ${PICTURE} px picture`;
}

function shortName({ class_name, layer, neuron }) { return class_name ?? `${layer} · ${neuron}`; }

export function titleOf(place) {
  const layer = layerOf(place);
  const name = className(place, place.neuron);
  if (name) return `${place.layer}, “${name}”`;
  return `${place.layer}, neuron ${place.neuron}${layer ? ` of ${layer.width}` : ""}`;
}

/** What makes a model a control ("shuffled", "untrained"), as the service says or the name; undefined for the others. */
export const controlOf = (model) => state.controls.get(model) ?? model.match(/-(shuffled|untrained)\b/)?.[1];
const isArchitecture = (model) => /^[A-Z][A-Za-z]*(\d\w*|Net)$/.test(model);  // as Keras names its networks, and SqueezeNet

/** A model's name with its part in a comparison: a control, or the network before it learned from paintings. */
export function modelName(model) {
  if (controlOf(model)) return `control (${controlOf(model)}): ${model}`;
  return isBefore(model) ? `${model}, before fine-tuning` : model;
}

/** Whether another model began as this one: as the service says; by the names where images alone are at hand. */
function isBefore(model) {
  const others = [...state.models.keys(), ...state.names].filter((other) => other !== model && !controlOf(other));
  const beganAs = (other) => state.models.get(other)?.architecture ?? (isArchitecture(other) ? null : isArchitecture(model) && model);
  return others.some((other) => beganAs(other) === model);
}

export const changesOf = ({ settings }) => Object.entries(settings ?? {}).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);

/** Learn what tells the shown images apart: their captions say it. */
export function tellApart(list) {
  const value = { ...Object.fromEntries(["model", "seed", "preset"].map((name) => [name, (item) => item[name]])), settings: (item) => changesOf(item).join() };
  const varies = ([, valueOf]) => list.some((item) => valueOf(item) !== valueOf(list[0]));
  state.differ = new Set(Object.entries(value).filter(varies).map(([name]) => name));

  const isNoted = state.view === "favourites" && list.some((item) => state.kept[item.id]?.note);
  state.lines = 2 + state.differ.has("model") + isNoted;
}

/** How an image was made, what differs first. */
function makingOf(item, ...more) {
  const { differ } = state;
  const words = [differ.has("seed") && `seed ${item.seed}`, ...more, item.preset, ...(differ.has("settings") ? changesOf(item) : [])];
  return words.filter(Boolean).join(" · ");
}

/** The lines over a column of the wall; over chosen images only what tells them apart. */
export function headOf(item) {
  if (!state.chosen) return [shortName(item), makingOf(item), modelName(item.model)];
  const { differ } = state;
  const words = [differ.has("seed") && `seed ${item.seed}`, differ.has("preset") && item.preset, ...(differ.has("settings") ? changesOf(item) : [])];
  return [shortName(item), words.filter(Boolean).join(" · "), differ.has("model") ? modelName(item.model) : ""];
}

/** What all chosen images have in common. */
export function commonWords([item]) {
  const { differ } = state;
  return [!differ.has("model") && modelName(item.model), !differ.has("preset") && item.preset, !differ.has("seed") && `seed ${item.seed}`].filter(Boolean);
}

/** The lines under an image: the neuron, how it was made, the model where it differs, a person's note. */
export function captionOf(item) {
  const note = state.view === "favourites" && state.kept[item.id]?.note;
  const lines = [shortName(item), makingOf(item, `${item.size} px`), state.differ.has("model") && modelName(item.model), note];
  return lines.filter(Boolean);
}

export function className({ model, layer }, neuron) {
  const known = state.models.get(model);
  return known?.classes_layer === layer ? known.classes?.[neuron] : undefined;
}

export function stateText(item) {
  if (item.state === "queued") return item.position ? `waiting, number ${item.position}` : "waiting";
  if (item.state === "paused") return "waits for a larger image";
  if (item.state === "cancelled") return "cancelled";
  if (item.state === "lost") return "lost when the service was started anew";
  if (item.state === "failed") return item.error ?? "failed";
  if (item.state === "done") return "";
  const left = item.left ? ` · ${inWords(item.left.seconds)} left` : "";
  return `${Math.round(item.progress * 100)} %${left}`;
}

export function altText(item) {
  const name = item.title.replace(/[“”]/g, "");
  const growing = item.state === "done" ? "" : `, ${stateText(item)}`;
  const made = `${item.size} by ${item.size} pixels, ${item.preset}, seed ${item.seed}`;
  return `What excites ${name} of ${item.model}: an image of ${made}${growing}`;
}

export const isChanged = (settings) => Object.keys(settings ?? {}).length > 0;
