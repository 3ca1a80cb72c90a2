/* Which images a view lists, what a search asks of them, and their order. */

import { LISTS, NEXT } from "./config.js";
import { $ } from "./dom.js";
import { has, language, say } from "./language.js";
import { empty, state, unfinished } from "./state.js";
import { controlOf } from "./words.js";

export const { compare } = new Intl.Collator(language, { numeric: true });
const byLayer = (a, b) =>
  compare(a.model, b.model) || rankOf(a) - rankOf(b) || compare(a.layer, b.layer) ||
  a.neuron - b.neuron || compare(a.preset, b.preset) || a.seed - b.seed || a.size - b.size;
const rankOf = (item) => state.models.get(item.model)?.rank?.get(item.layer) ?? 0;
const ORDERS = {
  new: (a, b) => b.time - a.time || byLayer(a, b),
  layer: byLayer,
  size: (a, b) => b.size - a.size || byLayer(a, b),
};

const NUMBERS = new Set(["neuron", "seed", "size", "octave"]);
const FIELDS = { class: "class_name", method: "preset", model: "model", layer: "layer", preset: "preset" };

const MEANT = new Map([...NUMBERS, ...Object.keys(FIELDS)].filter((name) => has(`search.${name}`)).map((name) => [say(`search.${name}`), name]));

/** What each word of a search asks of an image: "seed 3", "mixed5:66", "model:…", a number, or a part of its words. */
function termsIn(text) {
  const joined = text.toLowerCase().replace(/\p{L}+(?=[ :]\s*\S)/gu, (word) => MEANT.get(word) ?? word).replace(/\b(neuron|seed|size|octave) (\d+)\b/g, "$1:$2").replace(/\b(\d+) px\b/g, "size:$1");
  return joined.split(/\s+/).filter(Boolean).map((word) => {
    const [, name, value] = word.match(/^([^:]+):(.+)$/) ?? [];
    if (NUMBERS.has(name)) return (item) => item[name] === +value;
    if (name === "model" && isModel(value)) return (item) => item.model.toLowerCase() === value;
    if (name in FIELDS) return (item) => String(item[FIELDS[name]] ?? "").toLowerCase().includes(value);
    if (/^\d+$/.test(value)) return (item) => item.layer.toLowerCase() === name && item.neuron === +value;
    if (/^\d+$/.test(word)) return (item) => item.neuron === +word || item.size === +word;
    return (item, words) => words.includes(word);
  });
}

const isModel = (name) => [...state.items.values()].some((item) => item.model.toLowerCase() === name);

/** The images of the present view, in its order. */
export function listed() {
  if (!LISTS.includes(state.view)) return [];
  const terms = termsIn(state.search);
  const wanted = (item) => {
    const kept = state.kept[item.id];
    if (state.view === "favourites" && !kept) return false;
    const words = kept?.note ? `${item.words} ${kept.note.toLowerCase()}` : item.words;
    return terms.every((fits) => fits(item, words));
  };
  const found = [...state.items.values()].filter(wanted);
  if (state.view === "wall") return found.sort(byLayer);
  const order = ORDERS[$("order").value];
  return state.view === "gallery" ? inTurn(withoutSmaller(found), order) : found.sort(order);
}

/** First what is being drawn, then the few that are next, what is there, its controls, and last the other empty boxes. */
function inTurn(items, order) {
  const kinds = Map.groupBy(items, (item) => (item.state === "rendering" ? "drawn" : unfinished(item) ? "waiting" : empty(item) ? "ended" : "there"));
  const { drawn = [], waiting = [], ended = [], there = [] } = Object.fromEntries(kinds);
  waiting.sort((a, b) => (a.position ?? Infinity) - (b.position ?? Infinity) || byLayer(a, b));
  const boxes = [...waiting, ...ended.sort(ORDERS.new)];
  const { true: controls = [], false: own = [] } = Object.groupBy(there.sort(order), (item) => Boolean(controlOf(item.model)));
  return [...drawn.sort(order), ...boxes.slice(0, NEXT), ...own, ...controls, ...boxes.slice(NEXT)];
}

/** Of the sizes of one image only the largest that is finished, and what is on its way. */
function withoutSmaller(items) {
  const largest = new Map();
  for (const item of items) {
    if (item.state === "done" && !(largest.get(item.stack)?.size >= item.size)) largest.set(item.stack, item);
  }
  return items.filter((item) => item.state !== "done" || largest.get(item.stack) === item);
}
