/* The verdict on a work: its features, their heat, and what it becomes without some of them. */

import { fillAccount } from "./account.js";
import { submit } from "./asking.js";
import { $, clone, make } from "./dom.js";
import { answerTo, sheet, subjectOf } from "./explaining.js";
import { showHeat } from "./heat.js";
import { state, unfinished } from "./state.js";
import { paint } from "./tiles.js";
import { complain } from "./trouble.js";

export const sentence = (text) => `${text[0].toUpperCase()}${text.slice(1)}.`;
/** A share in words: never quite certain, never quite nothing. */
export function percent(share) {
  if (share > 0.9995) return "over 99.9 %";
  if (share < 0.0005) return "under 0.1 %";
  return `${(100 * share).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`;
}

export const rounded = (value) => `${value < 0 ? "−" : ""}${+Math.abs(value).toPrecision(3)}`;
const COUNTED = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** The verdict, its features, and the switches. */
export function showExplanation(answer) {
  const { supports } = answer;
  const silent = new Map();  // layer:number -> what is left out
  const because = supports.length
    ? `It goes by ${COUNTED[supports.length]} ${supports.length === 1 ? "feature" : "features"}: neurons whose answer speaks for this class. What one adds is how strong it answers here (its response) times how much the class listens to it (its weight); the strongest come first.`
    : "No features of this class are known.";
  const table = make("table", {});
  const verdict = make("output", { id: "verdict" });
  const list = make("ol", { className: "features", role: "list" }, ...supports.map((support) => featureItem(answer, support, silent, () => change())));
  $("why-answer").replaceChildren(
    make("p", { className: "lead" }, "The network says ", make("b", { textContent: answer.class_name }), `, ${percent(answer.probability)}.`),
    make("section", { ariaLabel: "The verdict" }, table, verdict),
    make("section", {}, make("h3", { textContent: "Because of these features" }), make("p", { textContent: because }), wholeHeat(answer), list),
    make("p", { className: "quiet", textContent: sentence(answer.basis) }),
  );
  fillTable(table, answer.chances);
  showHeat(answer.heat, "the verdict as a whole");
  let latest = 0;
  async function change() {
    const mine = ++latest;
    if (!silent.size) { verdict.textContent = ""; return fillTable(table, answer.chances); }
    const names = [...silent.values()].join(", ");
    verdict.textContent = `Asking again without ${names} …`;
    try {
      const asked = { ...subjectOf(sheet.subject), model: answer.model, silent: [...silent.keys()].join() };
      const without = await answerTo("/explanations", asked, "explanation", sheet.subject.blob ?? null);
      if (!without || mine !== latest) return;
      const own = without.chances.find(({ name }) => name === answer.class_name)?.probability ?? 0;
      const changed = without.class_name !== answer.class_name ? ` It now says ${without.class_name}, ${percent(without.probability)}.` : "";
      verdict.textContent = `Without ${names}: ${answer.class_name} ${percent(own)} instead of ${percent(answer.probability)}.${changed}`;
      fillTable(table, answer.chances, without.chances);
    } catch (error) { if (mine === latest) { verdict.textContent = ""; complain(error); } }
  }
}

/** Each class and how probable it is, beside what it becomes. */
function fillTable(table, before, after) {
  const of = (chances, name) => chances.find((each) => each.name === name)?.probability;
  const cell = (share) => make("td", {}, make("span", { textContent: share === undefined ? "less" : percent(share) }), make("i", { style: `width:${100 * (share ?? 0)}%` }));
  const names = [...new Set([...before, ...(after ?? [])].map(({ name }) => name))].slice(0, 6);
  const head = ["class", "as it is", ...(after ? ["without"] : [])].map((text) => make("th", { scope: "col", textContent: text }));
  table.replaceChildren(
    make("caption", { className: "away-from-sight", textContent: "How probable each class is" }),
    make("thead", {}, make("tr", {}, ...head)),
    make("tbody", {}, ...names.map((name) => make("tr", {}, make("th", { scope: "row", textContent: name }), cell(of(before, name)), ...(after ? [cell(of(after, name))] : [])))));
}

export function radio(label, hidden, onchange, checked = false) {
  const input = make("input", { type: "radio", name: "shown-heat", checked });
  input.addEventListener("change", onchange);
  return make("label", { className: "check" }, input, make("span", {}, label, make("span", { className: "away-from-sight", textContent: hidden })));
}

const wholeHeat = (answer) => radio("Show what speaks for the class as a whole", "", () => showHeat(answer.heat, "the verdict as a whole"), true);

const nameOf = ({ layer, neuron }) => `${layer}, neuron ${neuron}`;

/** A feature: its image, how much it counts, its heat, its switch, and what is known of it. */
function featureItem(answer, support, silent, change) {
  const place = { model: answer.model, layer: support.layer, neuron: support.neuron };
  const name = nameOf(place), key = `${place.layer}:${place.neuron}`;
  const without = make("input", { type: "checkbox" });
  without.addEventListener("change", () => {
    if (without.checked) silent.set(key, name); else silent.delete(key);
    change();
  });
  const most = make("details", {}, make("summary", {}, "Its average and its works", make("span", { className: "away-from-sight", textContent: `: ${name}` })));
  most.addEventListener("toggle", () => { if (most.open && !most.dataset.asked) { most.dataset.asked = ""; fillAccount(most, place, true); } });
  const look = make("div", { className: "look" });
  fillLook(look, place);
  const share = support.contribution / answer.supports[0].contribution;
  return make("li", {}, look, make("div", {},
    make("h4", { textContent: name }),
    make("p", { className: "quiet", textContent: `Adds ${rounded(support.contribution)}: weight ${rounded(support.weight)} × response ${rounded(support.response)}.` }),
    make("i", { className: "bar-of", style: `width:${100 * share}%`, ariaHidden: "true" }),
    radio("Show where it is", ` (${name})`, () => showHeat(support.heat, name)),
    make("label", { className: "check" }, without, make("span", {}, "Without this feature", make("span", { className: "away-from-sight", textContent: `, ${name}` })))),
  most);
}

/** The image of a neuron where there is one, or an offer to draw it. */
function fillLook(look, place) {
  const there = [...state.items.values()].filter((item) => ["model", "layer", "neuron"].every((name) => item[name] === place[name]));
  const item = there.filter((each) => each.state === "done").sort((a, b) => b.size - a.size)[0] ?? there.find(unfinished);
  if (item) return look.replaceChildren(paint(clone("tile"), item, [`${item.size} px`]));
  const draw = make("button", { type: "button", className: "missing", textContent: "Draw it", ariaLabel: `Draw what ${nameOf(place)} looks for` });
  draw.addEventListener("click", async () => {
    await submit({ ...place, octave: 4, preset: $("preset").value, seed: 0 });
    fillLook(look, place);
    look.querySelector("a, button")?.focus();
  });
  look.replaceChildren(draw);
}
