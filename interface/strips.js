/* The rows of variants of an image; what is missing is offered with its price. */

import { api } from "./api.js";
import { need, submit } from "./asking.js";
import { comparing } from "./compare.js";
import { ALIKE, OCTAVES, SEEDS } from "./config.js";
import { $, clone, make } from "./dom.js";
import { say } from "./language.js";
import { tellLikeness } from "./likeness.js";
import { compare } from "./search.js";
import { about, empty, find, isServed, keyOf, samePlace, sizeOf, state } from "./state.js";
import { paint } from "./tiles.js";
import { showProgress } from "./viewer.js";
import { duration, isChanged, methodName, modelName } from "./words.js";

/** The rows of variants: sizes, seeds, methods, models. What is missing is offered with its price. */
export async function showStrips(place) {
  const served = isServed(place);
  const values = served ? {
    octave: OCTAVES.filter((octave) => sizeOf(about(place, { octave }))),
    seed: [...new Set([...Array(SEEDS).keys(), place.seed])],
    preset: state.presets.map((preset) => preset.name),
    model: await modelsWith(place),
  } : Object.fromEntries(["octave", "seed", "preset", "model"].map((aspect) => [aspect, rendered(place, aspect)]));
  if (!samePlace(place)) return;
  for (const section of document.querySelectorAll("[data-aspect]")) {
    const { aspect } = section.dataset;
    const plain = (value) => aspect === "preset" && value !== place.preset;
    const places = values[aspect].map((value) => about(place, { [aspect]: value, ...(plain(value) && { settings: {} }) }));
    const shown = served ? places : places.filter(find);  // what cannot be drawn is not offered
    section.hidden = shown.length < 2;
    fillStrip(section, shown, place);
  }
  tellLikeness($("seeds"), values.seed.map((seed) => find(about(place, { seed }))));
  if (served) await showCosts(place);
}

/** The values of one aspect for which this image was rendered. */
function rendered(place, aspect) {
  const alike = (item) => ALIKE.every((name) => name === aspect || item[name] === place[name]);
  return [...new Set([...state.items.values()].filter(alike).map((item) => item[aspect]))].sort((a, b) => compare(a, b));
}

async function modelsWith(place) {
  const models = await Promise.all([...state.models.keys()].map((name) => need(name).catch(() => null)));
  const has = (model) => model?.layers.some((layer) => layer.name === place.layer && place.neuron < layer.width);
  return models.filter(has).map((model) => model.name);
}

function fillStrip(section, places, here) {
  const { aspect } = section.dataset, title = say(`strips.${aspect}`);
  const held = [...section.querySelectorAll("li")].findIndex((each) => each.contains(document.activeElement));
  section.replaceChildren($("strip").content.cloneNode(true));
  section.querySelector("h3").textContent = title;
  const size = (place) => `${find(place)?.size ?? sizeOf(place)} px`;
  const caption = (place) => ({ octave: size(place), seed: say("words.seed", place), preset: methodName(place.preset), model: modelName(place.model) })[aspect] ?? place[aspect];
  section.querySelector(".strip").append(...places.map((place) => {
    const item = find(place);
    const known = item && !empty(item);
    const tile = known ? paint(clone("tile"), item, [caption(place)]) : offer(place, caption(place));
    if (keyOf(place) === keyOf(here)) tile.ariaCurrent = "true";
    return make("li", {}, tile);
  }));
  const missing = places.filter((place) => !find(place));
  const all = section.querySelector("button");
  all.hidden = missing.length < 2 || aspect === "octave" || aspect === "model";
  all.textContent = say("strips.renderAll", { count: missing.length });
  all.onclick = () => submit(...missing);
  const there = places.map(find).filter((item) => item?.state === "done");
  section.querySelector(".compare").hidden = there.length < 2;
  section.querySelector(".compare").href = comparing(there.map((item) => item.id));
  section.querySelector(".compare").ariaLabel = say("strips.compare", { title });
  section.querySelectorAll("li")[held]?.querySelector("a, button").focus();
}

function offer(place, caption) {
  const button = make("button", { type: "button", className: "missing", textContent: `+ ${caption}` });
  button.ariaLabel = say("strips.render", { caption });
  button.dataset.cost = `${place.octave} ${place.preset}`;
  button.onclick = () => submit(place);
  return button;
}

/** Tell what the missing sizes and methods cost. */
async function showCosts(place) {
  const { settings, ...plain } = about(place);
  const cost = (request) => api.estimate(request).then((answer) => answer.jobs).catch(() => []);
  const jobs = await Promise.all([
    cost({ ...plain, octave: OCTAVES, ...(isChanged(settings) && { settings }) }),
    cost({ ...plain, preset: state.presets.map((preset) => preset.name) }),
  ]);
  if (!samePlace(place)) return;
  state.costs = new Map(jobs.flat().map((job) => [`${job.octave} ${job.preset}`, job.seconds]));
  for (const button of $("viewer").querySelectorAll(".missing")) {
    const seconds = state.costs.get(button.dataset.cost);
    if (seconds) button.replaceChildren(button.firstChild, make("br"), duration(seconds));
  }
  showProgress(find(place));
}

export function costOf(place) {
  const seconds = state.costs.get(`${place.octave} ${place.preset}`);
  return seconds ? `, ${say("words.about", { time: duration(seconds) })}` : "";
}

/** The next size up that is not there yet. */
export function largerThan(place) {
  const octaves = OCTAVES.filter((octave) => octave > place.octave);
  return octaves.map((octave) => about(place, { octave })).find((larger) => !find(larger));
}
