/* How things are called: durations, layers, neurons, models, the lines of a caption, alternative texts. */

import { PICTURE } from "./config.js";
import { has, number, say } from "./language.js";
import { layerOf, state } from "./state.js";

export function duration(seconds) {
  if (seconds < 90) return say("words.seconds", { time: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return say("words.minutes", { time: Math.round(seconds / 60) });
  return say("words.hours", { time: number(seconds / 3600, { minimumFractionDigits: 1, maximumFractionDigits: 1 }) });
}

/** Seconds, rounded in words. */
export function inWords(seconds) {
  if (seconds < 10) return say("words.fewSeconds");
  if (seconds < 25) return say("words.twentySeconds");
  if (seconds < 45) return say("words.halfMinute");
  if (seconds < 90) return say("words.aMinute");
  const minutes = seconds < 450 ? Math.round(seconds / 60) : Math.round(seconds / 300) * 5;
  return minutes < 60 ? say("words.someMinutes", { count: minutes }) : say("words.someHours", { count: Math.round(minutes / 60) });
}

export function sight(layer) {
  if (layer?.receptive_field == null || layer.receptive_field >= PICTURE) return say("words.seesAll");
  return say("words.seesPart", { part: layer.receptive_field, whole: PICTURE });
}

export function shortName({ class_name, layer, neuron }) { return class_name ?? `${layer} · ${neuron}`; }

export function titleOf(place) {
  const layer = layerOf(place);
  const name = className(place, place.neuron);
  if (name) return `${place.layer}, ${say("words.quoted", { name })}`;
  return `${place.layer}, ${layer ? say("words.neuronOf", { neuron: place.neuron, width: layer.width }) : say("words.neuron", place)}`;
}

/** The title of a card, which is English, in the language of the page; older cards call a neuron channel or unit. */
export const retitled = (title) => title
  .replace(/\b(?:channel|unit|neuron) (\d+)(?: of (\d+))?/, (_, neuron, width) => (width ? say("words.neuronOf", { neuron, width }) : say("words.neuron", { neuron })))
  .replace(/“(.*)”/, (_, name) => say("words.quoted", { name }));

/** What makes a model a control ("shuffled", "untrained"), as the service says or the name; undefined for the others. */
export const controlOf = (model) => state.controls.get(model) ?? model.match(/-(shuffled|untrained)\b/)?.[1];
const isArchitecture = (model) => /^[A-Z][A-Za-z]*(\d\w*|Net)$/.test(model);  // as Keras names its networks, and SqueezeNet

/** A model's name with its part in a comparison: a control, or the network before it learned from paintings. */
export function modelName(model) {
  if (controlOf(model)) return say("words.control", { control: controlOf(model), model });
  return isBefore(model) ? say("words.before", { model }) : model;
}

/** Whether another model began as this one: as the service says; by the names where images alone are at hand. */
export function isBefore(model) {
  const others = [...state.models.keys(), ...state.names].filter((other) => other !== model && !controlOf(other));
  const beganAs = (other) => state.models.get(other)?.architecture ?? (isArchitecture(other) ? null : isArchitecture(model) && model);
  return others.some((other) => beganAs(other) === model);
}

const wordOf = (preset) => {
  const key = `methods.${preset.replace(/\W/g, "_")}`;
  return has(key) ? say(key) : preset.startsWith("generator-") ? say("methods.generator") : "";
};

/** A method in words, then its name. */
export function methodName(preset) {
  const words = wordOf(preset);
  return words ? `${words} (${preset})` : preset;
}

/** What a method does, in a sentence of the page; undefined for one that it does not know. */
export function methodTitle(preset) {
  const key = `methodTitles.${preset.replace(/\W/g, "_")}`;
  return has(key) ? say(key) : undefined;
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
  const words = [differ.has("seed") && say("words.seed", item), ...more, methodName(item.preset), ...(differ.has("settings") ? changesOf(item) : [])];
  return words.filter(Boolean).join(" · ");
}

/** The lines over a column of the wall. */
export const headOf = (item) => [shortName(item), makingOf(item), modelName(item.model)];

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
  if (item.state === "queued") return item.position ? say("words.waitingAt", item) : say("words.waiting");
  if (item.state === "paused") return say("words.paused");
  if (item.state === "cancelled") return say("words.cancelled");
  if (item.state === "lost") return say("words.lost");
  if (item.state === "failed") return item.error ?? say("words.failed");
  if (item.state === "done") return "";
  const left = item.left ? ` · ${say("words.left", { time: inWords(item.left.seconds) })}` : "";
  return `${Math.round(item.progress * 100)} %${left}`;
}

export function altText(item) {
  const name = item.title.replace(/[“”„]/g, "");
  const growing = item.state === "done" ? "" : `, ${stateText(item)}`;
  return say("words.alt", { ...item, name, method: methodName(item.preset) }) + growing;
}

export const isChanged = (settings) => Object.keys(settings ?? {}).length > 0;
