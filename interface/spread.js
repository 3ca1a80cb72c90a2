/* How all works excite a neuron, not only the strongest: a histogram, works from any place, and what kind they are. */

import { ask, part } from "./api.js";
import { need } from "./asking.js";
import { $, make } from "./dom.js";
import { number, say } from "./language.js";
import { sharesOf } from "./shares.js";
import { layerOf, samePlace, state } from "./state.js";
import { workCard } from "./works.js";

const SOME = 4;  // works from a place that are shown
const SOON = 800;  // milliseconds between two questions about their pictures

const short = (value) => number(+value.toPrecision(3));

/** Fill the part of a neuron's sheet that tells of all works; hidden where they were not shown to its layer. */
export async function showSpread(place) {
  const box = $("spread");
  box.hidden = true;
  box.replaceChildren();
  if (!state.live) return;
  const layer = layerOf(place) ?? (await need(place.model).then(() => layerOf(place)).catch(() => null));
  if (!layer?.responses || !samePlace(place)) return;
  const told = await asked(place).catch(() => null);
  if (!told?.pictures || !samePlace(place)) return;
  const title = make("h3", { id: "spread-title", textContent: say("spread.title", { count: told.pictures }) });
  const middle = make("div", {}), last = make("div", {}), bar = make("div", {});
  const numbers = make("p", { className: "quiet", textContent: say("spread.numbers", { least: short(told.least), median: short(told.median), most: short(told.most) }) });
  box.setAttribute("aria-labelledby", title.id);
  box.replaceChildren(make("div", { className: "head" }, title), histogram(told, (chosen) => showWorksAt(bar, place, chosen.rank, "spread.ofBar", Math.min(SOME, chosen.works))), numbers, bar, middle, last, ...sharesOf(told));
  box.hidden = false;
  const count = Math.min(SOME, told.pictures);
  showWorksAt(middle, place, Math.max(1, Math.floor((told.pictures - count) / 2) + 1), "spread.middle", count);
  showWorksAt(last, place, told.pictures - count + 1, "spread.weakest", count);
}

const asked = ({ layer, neuron, model }, words = { n: 1 }) =>
  ask(`/distributions/${part(layer)}/${neuron}?${new URLSearchParams({ model, ...words })}`);

/** Show so many works from a place in the order on, once their pictures are ready. */
async function showWorksAt(box, place, at, title, count) {
  const list = make("ol", { className: "works" });
  box.replaceChildren(make("h4", { textContent: say(title, { from: number(at), to: number(at + count - 1) }) }), list);
  for (let ready = false; !ready && list.isConnected;) {
    const answer = await asked(place, { at, n: count }).catch(() => ({ ready: true, works: [] }));
    ({ ready } = answer);
    if (ready || list.children.length !== answer.works.length) list.replaceChildren(...answer.works.map((work) => workCard(work, ready)));
    if (!ready) await new Promise((resolve) => setTimeout(resolve, SOON));
  }
}

/** The bars: how many works excite the neuron how strongly. Each says so, and shows works when it is chosen. */
function histogram({ bars, pictures, least, most }, choose) {
  const tallest = Math.max(...bars.map((bar) => bar.works));
  const made = bars.map((bar, i) => {
    const text = say("spread.bar", { count: bar.works, low: short(bar.low), high: short(bar.high) });
    const button = make("button", { type: "button", tabIndex: -1, title: text, ariaLabel: text, ariaPressed: "false", ariaDisabled: String(!bar.works) }, make("i", { style: `height:${100 * bar.works / tallest}%` }));
    button.addEventListener("click", () => { if (bar.works) { made.forEach((each, k) => { each.ariaPressed = String(k === i); }); choose(bar); } });
    return button;
  });
  const first = bars.findIndex((bar) => bar.works);
  made[first].tabIndex = 0;
  const group = make("div", { className: "bars", ariaLabel: say("spread.bars", { count: pictures, least: short(least), most: short(most) }) }, ...made);
  group.setAttribute("role", "group");
  group.addEventListener("keydown", (event) => walk(event, made));
  const ends = make("div", { className: "ends quiet", ariaHidden: "true" }, make("span", { textContent: short(bars[0].low) }), make("span", { textContent: say("spread.axis") }), make("span", { textContent: short(most) }));
  return make("div", { className: "histogram" }, group, ends);
}

/** Arrows go from bar to bar. */
function walk(event, bars) {
  const at = bars.indexOf(event.target);
  const next = bars[{ ArrowLeft: at - 1, ArrowRight: at + 1, Home: 0, End: bars.length - 1 }[event.key]];
  if (!next) return;
  event.preventDefault();
  event.stopPropagation();  // in the sheet they would go to the next neuron
  bars[at].tabIndex = -1;
  next.tabIndex = 0;
  next.focus();
}
