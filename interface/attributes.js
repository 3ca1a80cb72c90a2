/* A semantic network's score: its attribute maps, each with its switch. */

import { address } from "./api.js";
import { LOWERS, paintCells, RAISES } from "./colours.js";
import { $, make } from "./dom.js";
import { sheet } from "./explaining.js";
import { showCells } from "./heat.js";
import { english, say } from "./language.js";
import { percent, radio, rounded } from "./verdict.js";

/** A semantic network's score: eight maps, each with its switch. */
export function showAttributes(answer) {
  const { maps, score, score_name: scored, margin } = answer;
  const off = new Set();
  const largest = Math.max(...maps.map(({ counts }) => Math.abs(counts)), 1e-9);
  const peak = Math.max(...maps.flatMap(({ cells }) => cells.flat().map(Math.abs)), 1e-9);
  const verdict = make("output", { id: "verdict" });
  const change = () => {
    const left = score - [...off].reduce((sum, map) => sum + map.counts, 0);
    const names = [...off].map(({ name }) => name).join(", ");
    verdict.textContent = off.size ? say("attributes.without", { names, left: rounded(left), score: rounded(score) }) : "";
  };
  $("why-answer").replaceChildren(
    make("p", { className: "lead" }, english(`${scored[0].toUpperCase()}${scored.slice(1)}: `), make("b", { textContent: rounded(score) }), "."),
    make("p", { textContent: say(answer.others < 0 ? "attributes.sumLess" : "attributes.sumMore", { bias: rounded(answer.bias), others: rounded(Math.abs(answer.others)) }) }),
    verdict,
    make("h3", { textContent: say("attributes.title") }),
    make("ol", { className: "features maps", role: "list" }, ...maps.map((map, i) => mapItem(map, { largest, peak, margin }, i === 0, () => {
      if (off.has(map)) off.delete(map); else off.add(map);
      change();
    }))));
  showCells(maps[0], peak, margin);
}

function mapItem(map, { largest, peak, margin }, isFirst, toggle) {
  const raises = map.counts >= 0, small = make("canvas", { ariaHidden: "true" });
  const look = make("div", { className: "look map" }, make("img", { src: $("why-picture").src || sheet.subject.address || address(sheet.subject.picture), alt: "" }), small);
  look.style.outline = `${(1 + 6 * Math.abs(map.counts) / largest).toFixed(1)}px solid rgb(${raises ? RAISES : LOWERS})`;
  paintCells(small, { map, peak, margin }, 1);
  const switched = make("input", { type: "checkbox" });
  switched.addEventListener("change", toggle);
  return make("li", {}, look, make("div", {},
    make("h4", { textContent: map.name }),
    make("p", { textContent: say(raises ? "attributes.raises" : "attributes.lowers", { by: rounded(Math.abs(map.counts)) }) }),
    make("p", { className: "quiet", textContent: say("attributes.presence", { share: percent(map.presence) }) }),
    radio(say("attributes.show"), ` (${map.name})`, () => showCells(map, peak, margin), isFirst),
    make("label", { className: "check" }, switched, make("span", {}, say("attributes.withoutIt"), make("span", { className: "away-from-sight", textContent: `, ${map.name}` })))));
}
