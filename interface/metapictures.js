/* How much of this is the method? A neuron by every method, two numbers for each, and all of them on the curve.

   The service draws a picture when it is asked for, and keeps it; the page asks for one after the other, as long
   as somebody looks. */

import { ask, part, Refused } from "./api.js";
import { make } from "./dom.js";
import { SOON, wait } from "./explaining.js";
import { english, number, say } from "./language.js";
import { frontier, rankCorrelation } from "./ranks.js";
import { complain } from "./trouble.js";
import { sentence } from "./verdict.js";

const FEWEST = 5;  // pictures that a rank correlation needs
const MEASURES = {
  forms: (value) => say("metapictures.formsFar", { value: hundredths(value) }),
  smoothness: (value) => say("metapictures.smoothnessFar", { share: percent(value) }),
};
const AXES = { left: 44, right: 388, top: 28, bottom: 240 };

const hundredths = (value) => number(value, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const excitement = ({ excites }) => (excites > 0 ? say("metapictures.excites", { share: percent(excites) }) : say("metapictures.silent"));
const percent = (share) => `${Math.round(100 * share)} %`;

/** Offer the sheet of a neuron; the same neuron's stays as it is. */
export function offerMetapictures(box, place) {
  const name = [place.model, place.layer, place.neuron].join(" ");
  if (box.dataset.of === name && box.firstChild) return;
  box.dataset.of = name;
  const details = make("details", {}, make("summary", { textContent: say("metapictures.summary") }));
  details.addEventListener("toggle", () => { if (details.open) fill(details, place).catch(complain); });
  box.replaceChildren(details);
}

/** Ask for picture after picture, as long as somebody looks. */
async function fill(details, place) {
  if (details.dataset.busy) return;
  details.dataset.busy = "";
  const sheet = details.sheet ??= begun(details);
  const isSeen = () => details.isConnected && details.open && details.closest("dialog").open;
  try {
    for (let methods = sheet.drawn[0]?.methods ?? ["none"]; sheet.drawn.length < methods.length;) {
      const count = sheet.drawn.length;
      sheet.said.textContent = count ? say("metapictures.drawn", { number: count, count: methods.length }) : say("metapictures.first");
      const found = await drawn(place, methods[count], isSeen, (note) => sheet.said.replaceChildren(english(`${note}.`)));
      if (!found) return;
      ({ methods } = found);
      sheet.drawn.push(found);
      show(sheet);
    }
    sheet.said.textContent = "";
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    sheet.said.replaceChildren(english(sentence(error.message)));
  } finally {
    delete details.dataset.busy;
  }
}

/** One picture, once it is drawn; null when nobody looks any more. */
async function drawn({ model, layer, neuron }, method, isSeen, told) {
  const words = new URLSearchParams({ model, ...(method !== "none" && { method }) });
  let inquiry = await ask(`/metapictures/${part(layer)}/${neuron}?${words}`);
  while (["waiting", "working"].includes(inquiry.state)) {
    if (inquiry.note) told(inquiry.note);
    await wait(SOON);
    if (!isSeen()) return null;
    inquiry = await ask(`/inquiries/${inquiry.id}`);
  }
  if (inquiry.state === "failed") throw new Refused(inquiry.error);
  return inquiry.metapicture;
}

/** The empty sheet: what it says, the choice of a measure, pictures, curve. */
function begun(details) {
  const sheet = { drawn: [], measure: "forms", said: make("p", { className: "quiet", role: "status" }), list: make("ol", { className: "strip", role: "list" }), curve: make("figure", { className: "curve", hidden: true }) };
  const choices = Object.keys(MEASURES).map((measure) => {
    const input = make("input", { type: "radio", name: "legible", checked: measure === sheet.measure });
    input.addEventListener("change", () => { sheet.measure = measure; show(sheet); });
    return make("label", { className: "check" }, input, make("span", { textContent: say(`metapictures.${measure}`) }));
  });
  const choice = make("fieldset", {}, make("legend", { className: "quiet", textContent: say("metapictures.legible") }), ...choices);
  details.append(make("p", { className: "quiet", textContent: say("metapictures.about") }), choice, sheet.said, sheet.list, sheet.curve);
  return sheet;
}

/** Pictures and curve, by the measure that is chosen. */
function show(sheet) {
  const words = MEASURES[sheet.measure];
  sheet.list.replaceChildren(...sheet.drawn.map((each, i) => make("li", {},
    make("img", { src: each.picture, alt: say("metapictures.by", each) }),
    make("span", { className: "caption" }, make("b", { textContent: `${i + 1}. ${each.method === "none" ? say("metapictures.none") : each.method}` }),
      make("span", { textContent: excitement(each) }), make("span", { textContent: words(each[sheet.measure]) })))));
  sheet.curve.hidden = sheet.drawn.length < 2;
  sheet.curve.replaceChildren(plot(sheet), make("figcaption", { className: "quiet", textContent: verdict(sheet) }));
}

/** Whether the neuron obeys the law, in a sentence. */
function verdict({ drawn, measure }) {
  const told = say("metapictures.reading");
  if (drawn.length < FEWEST) return told;
  const value = rankCorrelation(drawn.map(({ excites }) => excites), drawn.map((each) => -each[measure]));
  const law = value < -0.5 ? "lawAgainst" : value > 0.5 ? "lawFor" : "noLaw";
  return `${told} ${say(`metapictures.${law}`, { count: drawn.length, value: hundredths(value).replace("-", "−") })}`;
}

const svg = (name, attributes, ...inside) => {
  const element = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...inside);
  return element;
};

/** The curve: a numbered point for each picture. */
function plot({ drawn, measure }) {
  const { left, right, top, bottom } = AXES;
  const [widest, highest] = [Math.max(...drawn.map((each) => each[measure])), Math.max(1, ...drawn.map(({ excites }) => excites))];
  const x = (value) => left + (right - left) * Math.max(value, 0) / (1.05 * widest || 1), y = (value) => bottom - (bottom - top) * Math.max(value, 0) / (1.05 * highest);
  const best = frontier(drawn, measure);
  const points = drawn.map((each, i) => {
    const [cx, cy] = [x(each[measure]), y(each.excites)];
    return svg("g", { class: best.includes(each) ? "best" : "" },
      svg("title", {}, `${each.method}: ${excitement(each)}, ${MEASURES[measure](each[measure])}`),
      svg("circle", { cx, cy, r: 3.5 }), svg("text", { x: cx + 5, y: cy - 4 }, String(i + 1)));
  });
  return svg("svg", { viewBox: "0 0 400 262", role: "img", "aria-label": say("metapictures.curve", { count: drawn.length }) },
    svg("path", { class: "axis", d: `M${left} ${top}V${bottom}H${right}` }),
    svg("text", { x: left - 6, y: y(1) + 4, "text-anchor": "end" }, "100 %"), svg("text", { x: left - 6, y: bottom, "text-anchor": "end" }, "0 %"),
    svg("text", { x: left, y: bottom + 16 }, say("metapictures.more")), svg("text", { x: right, y: bottom + 16, "text-anchor": "end" }, say("metapictures.less")),
    svg("text", { x: left, y: top - 14 }, say("metapictures.axis")),
    svg("polyline", { points: best.map((each) => `${x(each[measure])},${y(each.excites)}`).join(" ") }), ...points);
}
