/* The neurons that a person typed. */

import { Refused } from "./api.js";
import { some } from "./dom.js";
import { say } from "./language.js";

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
    const range = word.match(/^(\d+)\s*(?:-|–|to|bis|\.\.)\s*(\d+)$/);
    if (range) return Array.from({ length: Math.max(0, Math.min(1001, range[2] - range[1] + 1)) }, (_, i) => +range[1] + i);
    return [/^\d+$/.test(word) ? +word : NaN];
  });
  const names = classes.length ? ` (${some(classes)})` : "";
  const refuse = (key, text) => { throw Object.assign(new Refused(say(key, { layer: layer.name, last: layer.width - 1, names, text })), { about: "neuron" }); };
  if (!chosen.length) refuse("form.whichNeuron");
  const wrong = chosen.find((neuron) => !(neuron < layer.width));
  if (wrong !== undefined) refuse("form.noNeuron", isNaN(wrong) ? say("words.quoted", { name: text }) : wrong);
  return [...new Set(chosen)];
}
