/* The verdict on a work: its features, their heat, and what it becomes without some of them. */

import { fillAccount } from "./account.js";
import { submit } from "./asking.js";
import { $, clone, make } from "./dom.js";
import { answerTo, sheet, subjectOf } from "./explaining.js";
import { showHeat } from "./heat.js";
import { english, number, say, sayWith } from "./language.js";
import { state, unfinished } from "./state.js";
import { paint } from "./tiles.js";
import { complain } from "./trouble.js";

const NOTHING = 1e-9;  // what is left of sums that come to nothing

export const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;
/** A share in words: never quite certain, never quite nothing. */
export function percent(share) {
  const digits = share > 0.99 || share < 0.01 ? 1 : 0;
  const kind = share > 0.9995 ? "verdict.nearlyAll" : share < 0.0005 ? "verdict.nearlyNone" : "verdict.share";
  return say(kind, { share: number(100 * Math.min(Math.max(share, 0.001), 0.999), { minimumFractionDigits: digits, maximumFractionDigits: digits }) });
}

export const rounded = (value) => {
  const size = Math.abs(value) < NOTHING ? 0 : Math.abs(value);
  return `${value < 0 && size ? "−" : ""}${number(size, { maximumSignificantDigits: 3, useGrouping: false })}`;
};

/** The verdict, its features, and the switches. */
export function showExplanation(answer) {
  const { supports } = answer;
  const silent = new Map();  // layer:number -> what is left out
  const because = supports.length
    ? `${say("verdict.goesBy", { count: supports.length })} ${say("verdict.adding")}` : say("verdict.noFeatures");
  const table = make("table", {});
  const verdict = make("output", { id: "verdict" });
  const list = make("ol", { className: "features", role: "list" }, ...supports.map((support) => featureItem(answer, support, silent, () => change())));
  $("why-answer").replaceChildren(
    make("p", { className: "lead" }, ...sayWith("verdict.says", { name: make("b", { textContent: answer.class_name }), share: percent(answer.probability) })),
    make("section", { ariaLabel: say("verdict.title") }, table, verdict),
    make("section", {}, make("h3", { textContent: say("verdict.because") }), make("p", { textContent: because }), wholeHeat(answer), list),
    make("p", { className: "quiet" }, english(sentence(answer.basis))),
  );
  fillTable(table, answer.chances);
  showHeat(answer.heat);
  let latest = 0;
  async function change() {
    const mine = ++latest;
    if (!silent.size) { verdict.textContent = ""; return fillTable(table, answer.chances); }
    const names = [...silent.values()].join(", ");
    verdict.textContent = say("verdict.asking", { names });
    try {
      const asked = { ...subjectOf(sheet.subject), model: answer.model, silent: [...silent.keys()].join() };
      const without = await answerTo("/explanations", asked, "explanation", sheet.subject.blob ?? null);
      if (!without || mine !== latest) return;
      const own = without.chances.find(({ name }) => name === answer.class_name)?.probability ?? 0;
      const changed = without.class_name !== answer.class_name ? ` ${say("verdict.nowSays", { name: without.class_name, share: percent(without.probability) })}` : "";
      verdict.textContent = say("verdict.without", { names, name: answer.class_name, share: percent(own), before: percent(answer.probability) }) + changed;
      fillTable(table, answer.chances, without.chances);
    } catch (error) { if (mine === latest) { verdict.textContent = ""; complain(error); } }
  }
}

/** Each class and how probable it is, beside what it becomes. */
function fillTable(table, before, after) {
  const of = (chances, name) => chances.find((each) => each.name === name)?.probability;
  const cell = (share) => make("td", {}, make("span", { textContent: share === undefined ? say("verdict.less") : percent(share) }), make("i", { style: `width:${100 * (share ?? 0)}%` }));
  const names = [...new Set([...before, ...(after ?? [])].map(({ name }) => name))].slice(0, 6);
  const head = ["class", "asIs", ...(after ? ["silenced"] : [])].map((name) => make("th", { scope: "col", textContent: say(`verdict.${name}`) }));
  table.replaceChildren(
    make("caption", { className: "away-from-sight", textContent: say("verdict.table") }),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...names.map((name) => make("tr", {}, make("th", { scope: "row", textContent: name }), cell(of(before, name)), ...(after ? [cell(of(after, name))] : [])))));
}

export function radio(label, hidden, onchange, checked = false) {
  const input = make("input", { type: "radio", name: "shown-heat", checked });
  input.addEventListener("change", onchange);
  return make("label", { className: "check" }, input, make("span", {}, label, make("span", { className: "away-from-sight", textContent: hidden })));
}

const wholeHeat = (answer) => radio(say("verdict.wholeHeat"), "", () => showHeat(answer.heat), true);

const nameOf = ({ layer, neuron }) => `${layer}, ${say("words.neuron", { neuron })}`;

/** A feature: its image, how much it counts, its heat, its switch, and what is known of it. */
function featureItem(answer, support, silent, change) {
  const place = { model: answer.model, layer: support.layer, neuron: support.neuron };
  const name = nameOf(place), key = `${place.layer}:${place.neuron}`;
  const without = make("input", { type: "checkbox" });
  without.addEventListener("change", () => {
    if (without.checked) silent.set(key, name); else silent.delete(key);
    change();
  });
  const most = make("details", {}, make("summary", {}, say("verdict.averageAndWorks"), make("span", { className: "away-from-sight", textContent: `: ${name}` })));
  most.addEventListener("toggle", () => { if (most.open && !most.dataset.asked) { most.dataset.asked = ""; fillAccount(most, place, true); } });
  const look = make("div", { className: "look" });
  fillLook(look, place);
  const share = support.contribution / answer.supports[0].contribution;
  return make("li", {}, look, make("div", {},
    make("h4", { textContent: name }),
    make("p", { className: "quiet", textContent: say("verdict.adds", { sum: rounded(support.contribution), weight: rounded(support.weight), response: rounded(support.response) }) }),
    make("i", { className: "bar-of", style: `width:${100 * share}%`, ariaHidden: "true" }),
    radio(say("verdict.showWhere"), ` (${name})`, () => showHeat(support.heat, name)),
    make("label", { className: "check" }, without, make("span", {}, say("verdict.withoutFeature"), make("span", { className: "away-from-sight", textContent: `, ${name}` })))),
  most);
}

/** The image of a neuron where there is one, or an offer to draw it. */
export function fillLook(look, place) {
  const there = [...state.items.values()].filter((item) => ["model", "layer", "neuron"].every((name) => item[name] === place[name]));
  const item = there.filter((each) => each.state === "done").sort((a, b) => b.size - a.size)[0] ?? there.find(unfinished);
  if (item) return look.replaceChildren(paint(clone("tile"), item, [`${item.size} px`]));
  const draw = make("button", { type: "button", className: "missing", textContent: say("verdict.draw"), ariaLabel: say("verdict.drawWhat", { name: nameOf(place) }) });
  draw.addEventListener("click", async () => {
    await submit({ ...place, octave: 4, preset: $("preset").value, seed: 0 });
    fillLook(look, place);
    look.querySelector("a, button")?.focus();
  });
  look.replaceChildren(draw);
}
