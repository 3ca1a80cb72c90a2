/* The making of an image in sentences, from what its card says. */

import { make } from "./dom.js";
import { english, has, language, number, say } from "./language.js";
import { explained } from "./terms.js";
import { duration, methodName } from "./words.js";

const WAVES = new Set(["fourier", "maco"]);

/** Paragraphs on an image: how it began and grew, what kept it legible, what came of it, how to make it again. */
export function madeIn(card) {
  const { settings = {}, warnings = [], versions, command } = card;
  const paragraphs = [
    [...began(card, settings), " ", ...changed(card, settings), " ", ...grew(card, settings)],
    kept(settings.regularizers ?? []),
    [...reached(card), " ", took(card)],
    ...warnings.map((warning) => [english(warning)]),
    ...(card.weights ? [[`${say("making.weights")} `, english(`${card.weights}.`)]] : []),
    ...(command ? [[versions ? say("making.againWith", { versions: versionsOf(versions) }) : say("making.again")]] : []),
  ];
  const written = paragraphs.filter((pieces) => pieces.some((piece) => piece && piece !== " ")).map((pieces) => make("p", {}, ...pieces));
  return command ? [...written, make("code", { textContent: command })] : written;
}

function began({ seed }, { parametrization }) {
  const name = parametrization?.name;
  return explained(name === "generator" ? "making.beganGenerated" : WAVES.has(name) ? "making.beganWaves" : "making.began", { seed });
}

/** What it was changed for, in how many steps where the card has them. */
function changed(card, { iterations, octave, octaves }) {
  const each = Array.isArray(iterations) ? iterations : Array(octaves ?? 0).fill(iterations);
  const steps = each.slice(0, octave ?? each.length).reduce((sum, some) => sum + some, 0);
  const values = { model: card.model, title: card.title, method: methodName(card.preset), count: steps };
  return explained(steps ? "making.changed" : "making.changedSo", values);
}

function grew({ size, octave }, { octaves, octave_scale: scale }) {
  const many = octave ?? octaves ?? 0;
  return explained(many > 1 && scale ? "making.grew" : "making.size", { count: many, scale: scale && number(scale), size });
}

/** What kept it from becoming noise: each measure once, the strongest. */
function kept(regularizers) {
  const strongest = new Map();
  for (const each of regularizers) {
    const known = strongest.get(each.name);
    if (!known || (each.pixels ?? 0) > (known.pixels ?? 0)) strongest.set(each.name, each);
  }
  return strongest.size ? [[say("making.kept"), ...[...strongest.values()].map(measure)].join(" ")] : [];
}

/** What one of them did, in a sentence. */
function measure({ name, ...values }) {
  const key = `making.${name.replace(/\W/g, "_")}`;
  return has(key) ? say(key, values) : say("making.other", { name });
}

function reached(card) {
  if (card.activation == null) return [];
  return explained("making.reached", { value: number(card.activation, { maximumSignificantDigits: 3, useGrouping: false }) });
}

function took({ seconds, date }) {
  const day = date && !isNaN(Date.parse(date)) && new Date(date).toLocaleDateString(language, { dateStyle: "long" });
  if (!day) return "";
  return seconds ? say("making.took", { time: duration(seconds), day }) : say("making.day", { day });
}

const versionsOf = ({ python, backend, keras, [backend]: library }) =>
  [`Python ${python}`, keras && `Keras ${keras}`, library && `${backend} ${library}`].filter(Boolean).join(", ");
