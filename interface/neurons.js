/* The neurons that a person typed. */

import { Refused } from "./api.js";
import { some } from "./dom.js";

/** The pieces of a list between commas or semicolons; a class whose name has some itself stays whole. */
function piecesOf(text, classes) {
  const names = new Set(classes.map((name) => name.toLowerCase()));
  const parts = text.split(/([,;]+)/), pieces = [];
  for (let from = 0; from < parts.length; from += 2) {
    let to = parts.length;
    while (to > from + 1 && !names.has(parts.slice(from, to).join("").trim().toLowerCase())) to -= 2;
    pieces.push(parts.slice(from, to).join("").trim());
    from = to - 1;
  }
  return pieces.filter(Boolean);
}

/** The neurons that a person typed: a number, several, a range such as 0-63, or names of classes. */
export function neuronsIn(text, layer, classes) {
  const chosen = piecesOf(text, classes).flatMap((word) => {
    const named = classes.findIndex((name) => name.toLowerCase() === word.toLowerCase());
    if (named >= 0) return [named];
    const range = word.match(/^(\d+)\s*(?:-|–|to|\.\.)\s*(\d+)$/);
    if (range) return Array.from({ length: Math.max(0, Math.min(1001, range[2] - range[1] + 1)) }, (_, i) => +range[1] + i);
    return [/^\d+$/.test(word) ? +word : NaN];
  });
  const choices = `${layer.name} has the neurons 0 to ${layer.width - 1}${classes.length ? ` (${some(classes)})` : ""}`;
  if (!chosen.length) throw new Refused(`Which neuron? ${choices}.`);
  const wrong = chosen.find((neuron) => !(neuron < layer.width));
  if (wrong !== undefined) throw new Refused(`${choices}; ${isNaN(wrong) ? `“${text}”` : wrong} is not among them.`);
  return [...new Set(chosen)];
}
