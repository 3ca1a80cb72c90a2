/* The whole cards of images, and in what two or more of them differ. */

import { address, api } from "./api.js";
import { served } from "./config.js";
import { state } from "./state.js";

/** The card of a finished image: from the service, or the file beside the image; null where neither can be read. */
export async function cardOf(item) {
  if (state.live) return api.card(item.id).catch(() => null);
  if (!served) return null;  // a page from disk may not read its files
  return fetch(address(item.image.replace(/\.jpg$/, ".json"))).then((answer) => (answer.ok ? answer.json() : null)).catch(() => null);
}

/** A value of a setting in words: a thing that has a name by it, with what else is known of it. */
export function inWords(value) {
  if (value === null || value === undefined || value === "") return "–";
  if (Array.isArray(value)) return value.map(inWords).join(", ") || "–";
  if (typeof value !== "object") return String(value);
  const { name, ...others } = value;
  const words = Object.entries(others).map(([key, each]) => `${key.replaceAll("_", " ")} ${inWords(each)}`).join(", ");
  return name ? `${name}${words ? ` (${words})` : ""}` : words;
}

/** The settings, weights and versions that are not the same on all cards, each with its values; not those that `known`. */
export function differences(cards, known = []) {
  const parts = cards.map(({ settings, versions, objective, weights, fingerprint }) => ({ objective, weights, fingerprint, ...settings, ...versions }));
  const names = [...new Set(parts.flatMap(Object.keys))].filter((name) => !known.includes(name));
  const rows = names.map((name) => [name.replaceAll("_", " "), parts.map((part) => inWords(part[name]))]);
  return rows.filter(([, values]) => new Set(values).size > 1);
}
