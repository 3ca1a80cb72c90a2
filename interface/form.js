/* The form: a model's layers in plain words, its neurons, and what a request costs. */

import { api, Refused } from "./api.js";
import { need } from "./asking.js";
import { OCTAVES, PICTURE } from "./config.js";
import { $, make, some } from "./dom.js";
import { english, say } from "./language.js";
import { neuronsIn } from "./neurons.js";
import { layerOf, presetOf, state } from "./state.js";
import { duration, methodTitle, sight } from "./words.js";

export function fillSelect(select, groups, chosen) {
  select.replaceChildren(...groups.filter(([, options]) => options.length).map(([label, options]) => {
    const made = options.map(([value, text]) => make("option", { value, textContent: text }));
    return label ? make("optgroup", { label }, ...made) : made;
  }).flat());
  if (chosen != null) select.value = chosen;
}

const GROUPS = ["classes", "late", "middle", "early", "others"];

/** Layers in plain words: the classes, then the stations from late to early, then every other layer. */
function layerGroups(model) {
  const open = model.layers.filter((layer) => layer.visualizable);
  const groupOf = (layer) => {
    const reach = layer.receptive_field ?? Infinity;
    if (layer.name === model.classes_layer) return 0;
    if (!layer.landmark) return 4;
    return reach >= PICTURE ? 1 : reach >= PICTURE / 3 ? 2 : 3;
  };
  const option = (layer) => [layer.name, `${layer.name} · ${say("form.neurons", { count: layer.width })}`];
  return GROUPS.map((name, i) => {
    const layers = open.filter((layer) => groupOf(layer) === i);
    return [say(`form.${name}`), (i < 4 ? layers.reverse() : layers).map(option)];
  });
}

/** Fill in a model's layers; carry out a click on Render that came before them. */
export async function chooseModel(name) {
  const model = await need(name);
  if ($("model").value !== name) return;
  const groups = layerGroups(model);
  const known = model.layers.some((layer) => layer.name === $("layer").value);
  fillSelect($("layer"), groups, known ? $("layer").value : groups.find(([, options]) => options.length)?.[1][0][0]);
  chooseLayer();
  if (!state.clicked) return;
  state.clicked = false;
  $("form").requestSubmit();
}

/** Say what the layer's neurons are; a neuron that was typed stays where the layer has it. */
export function chooseLayer() {
  const model = state.models.get($("model").value);
  const layer = formLayer();
  const named = layer.name === model.classes_layer ? model.classes : [];
  $("layer-hint").textContent = say(layer.map_size == null ? "form.eachNeuron" : "form.eachPlace", { sees: sight(layer) });
  $("classes").replaceChildren(...named.map((value) => make("option", { value })));
  $("neuron-hint").textContent = named.length
    ? say("form.namedNeurons", { names: some(named), last: layer.width - 1 }) : say("form.neuronHint", { last: layer.width - 1 });
  if (!isTyped(layer, named)) $("neuron").value = named.length ? named[0] : layer.width > 66 ? "66" : "0";
  estimateSoon();
}

export const formLayer = () => layerOf({ model: $("model").value, layer: $("layer").value });

/** Whether a person typed a neuron that this layer has. */
function isTyped(layer, classes) {
  try { return Boolean(state.typed && neuronsIn($("neuron").value, layer, classes)); } catch { return (state.typed = false); }
}

export function choosePreset() {
  const preset = presetOf({ preset: $("preset").value });
  $("preset-hint").replaceChildren(methodTitle(preset?.name ?? "") ?? english(preset?.title ?? ""), ` ${say("form.seedHint")}`);
  fillSizes();
  estimateSoon();
}

export function fillSizes(costs = new Map()) {
  const sizes = presetOf({ preset: $("preset").value })?.sizes ?? state.models.get($("model").value)?.sizes ?? [];
  const time = (seconds) => (seconds ? ` · ${say("words.about", { time: duration(seconds) })}` : seconds === 0 ? ` · ${say("form.sizeThere")}` : "");
  fillSelect($("octave"), [["", sizes.map((size, i) => [i + 1, `${size} px${time(costs.get(i + 1))}`])]], $("octave").value || 4);
}

/** What the form asks for; throws Refused with a sentence when a field is wrong. */
export function formRequest() {
  const model = state.models.get($("model").value), layer = formLayer();
  const neurons = neuronsIn($("neuron").value, layer, layer.name === model.classes_layer ? model.classes : []);
  if (!$("seed").validity.valid || !$("seed").value) throw new Refused(say("form.seedWrong"));
  const largest = Number($("octave").value);
  return {
    model: model.name, layer: layer.name, neuron: neurons.length > 1 ? neurons : neurons[0],
    octave: $("growing").checked ? OCTAVES.slice(0, largest) : largest,
    preset: $("preset").value, seed: Number($("seed").value),
  };
}

/** Say how long each size takes, and the whole request. */
async function showEstimate() {
  const asked = ++state.asked;
  if (!formLayer()) return;
  try {
    const request = formRequest();
    $("neuron").ariaInvalid = "false";
    const neurons = [request.neuron].flat(), octaves = [request.octave].flat();
    const answer = await api.estimate({ ...request, neuron: neurons[0], octave: OCTAVES });
    if (asked !== state.asked) return;
    const costs = new Map(answer.jobs.map((job) => [job.octave, job.seconds]));
    fillSizes(costs);
    const seconds = neurons.length * octaves.reduce((sum, octave) => sum + (costs.get(octave) ?? 0), 0);
    const waits = answer.seconds_waiting >= 1 && duration(answer.seconds_waiting);
    const kind = !seconds ? "form.costsNothing" : waits ? "form.costsAfter" : "form.costs";
    $("estimate").textContent = say(kind, { count: neurons.length * octaves.length, time: duration(seconds), waits });
  } catch (error) {
    if (asked !== state.asked) return;
    $("neuron").ariaInvalid = String(error instanceof Refused && error.about === "neuron");
    $("estimate").textContent = error instanceof Refused ? error.message : "";
  }
}

let estimating;
export const estimateSoon = () => { clearTimeout(estimating); estimating = setTimeout(showEstimate, 250); };
