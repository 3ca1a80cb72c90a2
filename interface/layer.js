/* A layer seen closely: all its neurons as a grid, in an order that can be chosen, and what it costs to draw more. */

import { api, ask, part } from "./api.js";
import { need, submit } from "./asking.js";
import { $, clone, make } from "./dom.js";
import { imagesOf, layerLink, sightOf } from "./layers.js";
import { number, say } from "./language.js";
import { learn, state, unfinished } from "./state.js";
import { paint } from "./tiles.js";
import { complain } from "./trouble.js";
import { link } from "./route.js";
import { sightGlyph } from "./ways.js";
import { altText, className, inWords, modelName } from "./words.js";

const AT_ONCE = 64;  // neurons that are drawn with one click
const OCTAVE = 1;  // the smallest size: enough for a grid, and soon there
const SOON = 500;  // milliseconds between two questions about the neurons
const BY = { number: "byNumber", class: "byClass", moved: "byMoved" };  // orders of the neurons, and what they are called

const seen = { key: "", layer: null, cells: [], there: new Map(), known: null, order: "number", priced: "" };
const near = new IntersectionObserver(comeNear, { rootMargin: "60% 0px" });  // pictures are loaded where they are nearly in sight

/** Show a layer's page, or bring it up to date. */
export function showLayer(model, name, known) {
  const layer = known?.layers.find((each) => each.name === name) ?? null;
  const key = [model, name, Boolean(layer)].join("|");
  if (seen.key !== key || !$("neurons")) build(model, name, known, layer, key);
  update();
}

function build(model, name, known, layer, key) {
  Object.assign(seen, { key, model, name, layer, known: null, order: "number", priced: "", cells: [], there: new Map() });
  near.disconnect();
  delete $("layers-view").dataset.told;
  const order = make("select", { id: "neuron-order" }, ...Object.keys(BY).map((each) => new Option(say(`layer.${BY[each]}`), each)));
  order.addEventListener("change", () => { seen.order = order.value; arrangeNeurons(); });
  const grid = make("ul", { id: "neurons", role: "list", ariaLabel: say("layer.neurons", { layer: name }) });
  grid.addEventListener("keydown", move);
  const facts = [modelName(model), ...(layer ? [say("layers.neurons", { count: layer.width }), sightOf(layer)] : [])];
  $("layers-view").replaceChildren(
    make("nav", { className: "beside", ariaLabel: say("layer.beside") }, make("a", { href: layerLink(model), textContent: say("layer.all") }), ...besides(model, name, known)),
    make("div", { className: "station" }, ...(layer ? [sightGlyph(layer)] : []), make("h2", { textContent: name }), make("p", { className: "quiet", textContent: facts.join(" · ") })),
    make("div", { className: "ordering" }, make("label", { htmlFor: "neuron-order", textContent: say("layer.order") }), order, make("output", { id: "drawn", className: "quiet" }), make("span", { id: "drawing" })),
    make("p", { id: "order-note", className: "quiet", role: "status" }), grid);
  grid.replaceChildren(...numbersOf().map(cellOf));
  if (layer) learnNeurons(key).catch(complain);
}

/** The stations before and after a layer. */
function besides(model, name, known) {
  if (!known) return [];
  const at = known.layers.findIndex((each) => each.name === name);
  const isStation = (each) => each.landmark && each.name !== name;
  const before = known.layers.slice(0, at).findLast(isStation), after = known.layers.slice(at).find(isStation);
  const to = (layer, mark) => layer && make("a", { href: layerLink(model, layer.name), textContent: mark(layer.name) });
  return [to(before, (text) => `‹ ${text}`), to(after, (text) => `${text} ›`)].filter(Boolean);
}

/** The numbers of the neurons: all of them, or, of images alone, those of which there are some. */
function numbersOf() {
  if (seen.layer) return [...Array(seen.layer.width).keys()];
  return [...(imagesOf(seen.model).get(seen.name)?.keys() ?? [])].sort((a, b) => a - b);
}

function cellOf(neuron) {
  const open = make("a", { className: "blank", textContent: nameOf(neuron), tabIndex: seen.cells.length ? -1 : 0 });
  const element = make("li", {}, open);
  seen.cells.push({ neuron, element, blank: open, isNear: false, item: null });
  near.observe(element);
  return element;
}

const nameOf = (neuron) => className({ model: seen.model, layer: seen.name }, neuron) ?? String(neuron);

/** Put what has come, or is on its way, into its cells; say how much there is, and what more would cost. */
function update() {
  const there = new Map();
  const rank = (item) => (item.state === "done" ? 1e6 + item.size : unfinished(item) ? 1 : 0);
  for (const item of state.items.values()) {
    if (item.model !== seen.model || item.layer !== seen.name) continue;
    if (rank(item) > (there.has(item.neuron) ? rank(there.get(item.neuron)) : 0)) there.set(item.neuron, item);
  }
  seen.there = there;
  seen.cells.forEach(refresh);
  tellDrawn([...there.values()]);
}

/** Bring a cell up to date: what is far from the window stays a number that leads to its image. */
function refresh(cell) {
  const item = seen.there.get(cell.neuron);
  if (cell.isNear && item && (item !== cell.item || item.state !== cell.element.firstChild.dataset.state)) fill(cell, item);
  else if (!item && cell.item?.state === "cancelled") fill(cell, null);
  else if (!cell.item && cell.leads !== (item ?? cell)) lead(cell, item);
}

/** Let a number lead to its neuron: to the image where there is one, else to where it can be drawn. */
function lead(cell, item) {
  cell.leads = item ?? cell;
  const place = item ?? { model: seen.model, layer: seen.name, neuron: cell.neuron, octave: 4, preset: $("preset").value, seed: 0 };
  cell.blank.href = link(place, "layers");
  const text = item ? altText(item) : say("layer.blank", { neuron: nameOf(cell.neuron) });
  cell.blank.ariaLabel = [text, ...captionOf(cell).slice(1)].join(", ");
}

function comeNear(entries) {
  const elements = new Set(entries.filter((entry) => entry.isIntersecting).map((entry) => entry.target));
  for (const cell of seen.cells) if (elements.has(cell.element)) { cell.isNear = true; near.unobserve(cell.element); refresh(cell); }
}

/** On paper all pictures stand. */
addEventListener("beforeprint", () => { for (const cell of seen.cells) { cell.isNear = true; refresh(cell); } });

/** Show an image in a neuron's cell, or, without one, its number. */
function fill(cell, item) {
  const isHeld = cell.element.contains(document.activeElement), { tabIndex } = cell.element.querySelector("a");
  const shown = item ? paint(cell.item ? cell.element.firstChild : clone("tile"), item, captionOf(cell)) : cell.blank;
  cell.item = item;
  cell.element.replaceChildren(shown);
  const open = cell.element.querySelector("a");
  open.tabIndex = tabIndex;
  if (isHeld) open.focus();
}

function tellDrawn(items) {
  const done = items.filter((item) => item.state === "done").length, open = items.filter(unfinished);
  const left = seen.cells.map(({ neuron }) => neuron).filter((neuron) => !seen.there.has(neuron));
  const words = [say("layer.drawn", { count: done }), open.length && say("layer.waiting", { count: open.length }), seen.layer && left.length && say("layer.left", { count: left.length })];
  $("drawn").textContent = words.filter(Boolean).join(" · ");
  offerDrawing(left.slice(0, AT_ONCE), open, done).catch(complain);
}

/** Offer to draw the next neurons, with what it takes; and to cancel what waits. */
async function offerDrawing(next, open, done) {
  const wanted = `${seen.key} ${next.join()} ${open.length > 0} ${state.live}`;
  if (seen.priced === wanted) return;
  seen.priced = wanted;
  if (!seen.layer || !state.live) return $("drawing").replaceChildren();
  const { key } = seen, buttons = [];
  if (next.length) {
    const request = { model: seen.model, layer: seen.name, octave: OCTAVE, preset: $("preset").value, seed: 0 };
    const { seconds } = await api.estimate({ ...request, neuron: next });
    const text = say(done + open.length ? "layer.drawMore" : "layer.draw", { count: next.length, time: inWords(seconds) });
    buttons.push(make("button", { type: "button", textContent: text, onclick: () => submit(...next.map((neuron) => ({ ...request, neuron }))) }));
  }
  if (open.length) buttons.push(make("button", { type: "button", className: "bare", textContent: say("layer.cancel"), onclick: () => cancelThese().catch(complain) }));
  if (seen.key !== key || seen.priced !== wanted) return;
  const isHeld = $("drawing").contains(document.activeElement);
  $("drawing").replaceChildren(...buttons);
  if (isHeld) buttons[0]?.focus();
}

async function cancelThese() {
  const ids = [...seen.there.values()].filter(unfinished).map((item) => item.id);
  const { jobs } = await ask(`/jobs?ids=${ids.map(part).join()}`, undefined, "DELETE");
  jobs.forEach(learn);
  seen.priced = "";
  update();
}

/** Ask what is known of the neurons, by which they may be sorted. */
async function learnNeurons(key) {
  for (let ready = false; !ready && seen.key === key;) {
    const told = await ask(`/layers/${part(seen.name)}?${new URLSearchParams({ model: seen.model })}`);
    if (seen.key !== key) return;
    ({ ready } = told);
    if (ready) seen.known = told; else await new Promise((resolve) => setTimeout(resolve, SOON));
  }
  if (seen.key === key && seen.order !== "number") arrangeNeurons();
}

/** Bring the neurons into the chosen order, or say why it is not known. */
function arrangeNeurons() {
  const { known, order } = seen;
  const sorts = {
    number: () => 0,
    class: (a, b) => (known.classes[a] === null) - (known.classes[b] === null) || (known.classes[a] ?? "").localeCompare(known.classes[b] ?? "") || known.beyond[b] - known.beyond[a],
    moved: (a, b) => known.moved[b] - known.moved[a],
  };
  const note = whyNot();
  $("neurons").dataset.lines = order === "number" ? 1 : 2;
  const isKnown = order === "number" || (known && (order === "class" ? known.classes : known.moved));
  $("order-note").textContent = note;
  const sort = isKnown ? sorts[order] : sorts.number;
  seen.cells.sort((a, b) => sort(a.neuron, b.neuron) || a.neuron - b.neuron);
  $("neurons").append(...seen.cells.map(({ element }) => element));
  for (const cell of seen.cells) tellCell(cell);
}

/** What the chosen order means, or why it is not known. */
function whyNot() {
  const { known, order } = seen;
  if (order === "number") return "";
  if (!seen.layer || !state.live) return say("layer.needsService");
  if (!known) return say("layer.working");
  if (known.unmoved === "not measured") return say("layer.notMeasured");
  if (order === "class") return say("layer.classMeans", { count: known.pictures });
  if (known.unmoved === "began as none") return say("layer.beganAsNone", { model: seen.model });
  if (known.unmoved) return say("layer.notMeasuredBefore", { before: known.before });
  return say("layer.movedMeans", { before: known.before });
}

/** The lines under a neuron: its number or class, and what it is sorted by. */
function captionOf({ neuron }) {
  const { known, order } = seen;
  const value = { class: known?.classes?.[neuron], moved: known?.moved && number(known.moved[neuron], { maximumFractionDigits: 2 }) }[order];
  return [nameOf(neuron), ...(value ? [value] : [])];
}

function tellCell(cell) {
  const lines = captionOf(cell);
  if (cell.item) return void paint(cell.element.firstChild, cell.item, lines);
  cell.blank.replaceChildren(lines[0], ...lines.slice(1).map((text) => make("span", { className: "quiet", textContent: text })));
  cell.leads = null;
  refresh(cell);
}

/** Arrows go from neuron to neuron. */
function move(event) {
  const open = event.target.closest("#neurons li")?.querySelector("a");
  if (!open || event.target !== open) return;
  const all = [...$("neurons").children], at = all.indexOf(open.closest("li"));
  const columns = Math.max(1, all.findIndex((each) => each.offsetTop > all[0].offsetTop));
  const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, Home: -at, End: all.length - 1 - at }[event.key];
  const next = all[at + step]?.querySelector("a");
  if (!next) return;
  event.preventDefault();
  open.tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}

/** The neuron on the page that leads to an image. */
export const openerInLayer = (place) => (state.view === "layers" && place ? seen.cells.find(({ neuron }) => neuron === place.neuron)?.element.querySelector("a") : null);
