/* What kind of works excite a neuron most, beside what chance gives: a table, each row with its bar. */

import { make } from "./dom.js";
import { number, say } from "./language.js";

const COLUMNS = ["class", "timeframe", "school", "author"];
const FEW = 6;  // groups of a column that are shown at once

/** The table of the strongest works' groups, and a sentence on what it holds against what. */
export function sharesOf({ groups, strongest }) {
  const there = COLUMNS.filter((column) => groups.some((group) => group.column === column));
  const missing = COLUMNS.filter((column) => !there.includes(column)).map((column) => say(`shares.${column}`));
  const absent = missing.length ? [make("p", { className: "quiet", textContent: say("shares.absent", { columns: missing.join(", ") }) })] : [];
  if (!there.length) return absent;
  const head = ["kind", "found", "chance"].map((name) => make("th", { scope: "col", textContent: say(`shares.${name}`) }));
  const table = make("table", { className: "shares" },
    make("caption", { className: "away-from-sight", textContent: say("shares.title", { count: strongest }) }),
    make("thead", {}, make("tr", {}, ...head)), ...there.map((column) => part(column, groups.filter((group) => group.column === column))));
  const standing = groups.filter((group) => group.stands).length;
  return [
    make("h4", { textContent: say("shares.title", { count: strongest }) }),
    make("p", { className: "quiet", textContent: `${say("shares.means")} ${standing ? say("shares.beyond", { count: standing }) : say("shares.noneBeyond")}` }), table, ...absent,
  ];
}

/** The rows of a column: those beyond chance, then some others. */
function part(column, groups) {
  const chosen = groups.filter((group) => group.stands), others = groups.filter((group) => !group.stands);
  const shown = [...chosen, ...others.slice(0, Math.max(0, FEW - chosen.length))];
  const left = groups.length - shown.length;
  const rows = shown.sort((a, b) => b.share - a.share).map(rowOf);
  const more = left ? [make("tr", {}, make("td", { colSpan: 3, className: "quiet", textContent: say("shares.more", { count: left }) }))] : [];
  return make("tbody", {}, make("tr", { className: "column" }, make("th", { colSpan: 3, scope: "rowgroup", textContent: say(`shares.${column}`) })), ...rows, ...more);
}

const whole = (share) => number(100 * share, { maximumFractionDigits: 0 });
const percent = (share) => `${whole(share)}\u00a0%`;

/** A group: its share of the strongest as a bar, over it the band and the mark of chance. */
function rowOf({ value, works, share, chance, low, high, stands }) {
  const at = (from, to) => `left:${100 * from}%;width:${100 * (to - from)}%`;
  const bar = make("div", { className: "share", ariaHidden: "true" }, make("i", { style: at(low, high), className: "band" }), make("i", { style: at(0, share), className: "found" }), make("i", { style: `left:${100 * chance}%`, className: "mark" }));
  const verdict = stands ? say(share > chance ? "shares.above" : "shares.below") : "";
  return make("tr", { className: stands ? "stands" : "" },
    make("th", { scope: "row" }, value, make("small", { textContent: ` ${number(works)}` })),
    make("td", {}, make("div", { className: "of" }, make("span", { textContent: percent(share) }), bar, ...(verdict ? [make("small", { textContent: verdict })] : []))),
    make("td", { className: "quiet", textContent: say("shares.range", { chance: percent(chance), low: whole(low), high: whole(high) }) }));
}
