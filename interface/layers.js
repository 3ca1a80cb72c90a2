/* The layers of a network, from the picture to the classes: its diagram, and what is there of each. */

import { address } from "./api.js";
import { need } from "./asking.js";
import { PICTURE } from "./config.js";
import { blocksOf, xOf, yOf } from "./diagram.js";
import { $, make } from "./dom.js";
import { number, say } from "./language.js";
import { showLayer } from "./layer.js";
import { link } from "./route.js";
import { compare } from "./search.js";
import { state } from "./state.js";
import { explained } from "./terms.js";
import { complain } from "./trouble.js";
import { sightGlyph, walkWays, waysOf } from "./ways.js";
import { altText, modelName } from "./words.js";

const PEEK = 8;  // images of a layer that its line shows
/** The address of the layers of a model, or of one of them. */
export const layerLink = (model, layer) => `#${new URLSearchParams({ view: "layers", ...(model && { model }), ...(layer && { layer }) })}`;

/** The address in the bar says which model's layers are seen, and which of them closely; behind an image what was before. */
export function routeLayers(words) {
  if (state.view !== "layers") state.walk = null;
  else if (!state.walk || !words.has("neuron")) state.walk = { model: words.get("model"), layer: words.get("layer") };
  $("to-layers").href = layerLink(state.walk?.model);
}

/** The finished images of a model by their layers, of each neuron the largest. */
export function imagesOf(model) {
  const layers = new Map();
  for (const item of state.items.values()) {
    if (item.model !== model || item.state !== "done") continue;
    if (!layers.has(item.layer)) layers.set(item.layer, new Map());
    const neurons = layers.get(item.layer);
    if (!(neurons.get(item.neuron)?.size >= item.size)) neurons.set(item.neuron, item);
  }
  return layers;
}

const modelNames = () => [...new Set([...state.models.keys(), ...[...state.items.values()].map((item) => item.model)])];

/** How much of the picture one place of a layer sees, in words. */
export function sightOf(layer) {
  if (layer.receptive_field == null || layer.receptive_field >= PICTURE) return say("layers.seesAll");
  return say("layers.sees", { pixels: number(layer.receptive_field), picture: PICTURE });
}

/** Show the layers, or the one that is seen closely, once the model has told of them. */
export async function showLayers() {
  const isHere = state.view === "layers";
  $("layers-view").hidden = !isHere;
  if (!isHere || state.loading) return;
  const names = modelNames(), wish = state.walk?.model;
  const model = names.includes(wish) ? wish : names[0];
  if (!model) return $("layers-view").replaceChildren(make("p", { className: "lead", textContent: say("layers.none") }));
  const asked = `${model} ${state.walk.layer ?? ""}`;
  let known = null;
  try { known = state.models.has(model) ? await need(model) : null; } catch (error) { complain(error); }
  if (state.view !== "layers" || asked !== `${model} ${state.walk.layer ?? ""}`) return;
  if (state.walk.layer) return showLayer(model, state.walk.layer, known);
  showAll(model, names, known);
}

/** The whole way through a network; drawn anew when it is another one, or when there are more images. */
function showAll(model, names, known) {
  const images = imagesOf(model), box = $("layers-view");
  const told = JSON.stringify([model, names, Boolean(known), [...images].map(([layer, neurons]) => [layer, neurons.size])]);
  if (box.dataset.told === told) return;
  const held = box.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
  box.dataset.told = told;
  const floors = known ? blocksOf(known).map((block) => floorOf(block, model, images)) : [...images.keys()].sort(compare).map((layer) => bareFloor(model, layer, images));
  const list = make("ol", { className: "floors", role: "list" }, ...(known ? [make("li", { className: "entrance", textContent: say("layers.picture", { pixels: PICTURE }) })] : []), ...floors);
  const lanes = Math.max(1, ...[...list.querySelectorAll("svg.ways")].map((ways) => Number(ways.dataset.lanes)));
  list.style.setProperty("--ways", `${xOf(lanes - 1) + 14}px`);
  box.replaceChildren(
    make("h2", { textContent: say("layers.title", { model: modelName(model) }) }),
    ...(names.length > 1 ? [modelChoice(names, model)] : []),
    make("p", { className: "lead" }, ...explained(known ? "layers.lead" : "layers.leadFromDisk")), list);
  walkWays(list);
  if (held) box.querySelector(`[href="${CSS.escape(held)}"]`)?.focus();
}

function modelChoice(names, model) {
  const select = make("select", { id: "walk-model" }, ...names.map((name) => new Option(modelName(name), name, false, name === model)));
  select.addEventListener("change", () => { location.hash = layerLink(select.value); });
  return make("div", { className: "field" }, make("label", { htmlFor: "walk-model", textContent: say("form.model") }), select);
}

/** A block: the branches that lead to its station, the station, and some of its images. */
function floorOf(block, model, images) {
  const { station, branches } = block;
  const facts = [say("layers.neurons", { count: station.width }), sightOf(station)];
  const item = make("li", { className: "floor" });
  if (block.points.length || block.lanes > 1) item.append(waysOf(block, model), make("p", { className: "quiet", style: `min-height:${yOf(block.rows)}px`, textContent: branches > 1 ? say("layers.branches", { count: branches }) : "" }));
  item.append(stationOf(station.name, model, facts, images, station));
  return item;
}

/** A layer of which images alone are known. */
function bareFloor(model, layer, images) {
  return make("li", { className: "floor" }, stationOf(layer, model, [], images));
}

function stationOf(name, model, facts, images, layer) {
  const there = images.get(name)?.size ?? 0;
  const words = [...facts, there ? say("layers.drawn", { count: there }) : say("layers.noneDrawn")];
  const title = make("h3", {}, make("a", { href: layerLink(model, name), textContent: name }));
  return make("div", { className: "station" }, ...(layer ? [sightGlyph(layer)] : []), title, make("p", { className: "quiet", textContent: words.join(" · ") }), ...(there ? [peek([...images.get(name).values()])] : []));
}

function peek(items) {
  const shown = items.sort((a, b) => a.neuron - b.neuron).slice(0, PEEK);
  return make("ul", { className: "peek", role: "list" }, ...shown.map((item) =>
    make("li", {}, make("a", { href: link(item, "layers", null) }, make("img", { loading: "lazy", decoding: "async", alt: altText(item), src: address(item.image, item.version) })))));
}
