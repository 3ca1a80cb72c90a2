/* Comparisons that are kept in this browser, each with a title, and their list among the favourites. */

import { comparing } from "./compare.js";
import { MEMORY } from "./config.js";
import { $, make, notify } from "./dom.js";
import { language, say } from "./language.js";
import { state } from "./state.js";
import { pictureOf } from "./tiles.js";
import { shortName } from "./words.js";

const COMPARISONS = `${MEMORY}-comparisons`;

export function keptComparisons() {
  try { return JSON.parse(localStorage.getItem(COMPARISONS)) ?? []; } catch { return []; }
}

/** Keep these comparisons and no others. */
export function keepComparisons(all) {
  try { localStorage.setItem(COMPARISONS, JSON.stringify(all)); } catch { notify(say("compare.notKept")); }
  showComparisons();
}

export const isSame = (one, other) => one.images.join() === other.images.join();
export const keptAs = (ids) => keptComparisons().find((each) => isSame(each, { images: ids }));

/** Keep a comparison; under another title if it is kept already. */
export function keepComparison(title, ids) {
  const mine = { title, images: ids, date: new Date().toISOString() };
  keepComparisons([mine, ...keptComparisons().filter((each) => !isSame(each, mine))]);
}

/** List what is kept, over the favourites. */
export function showComparisons() {
  const all = keptComparisons(), box = $("comparisons");
  box.hidden = state.view !== "favourites" || !all.length;
  if (!box.hidden) box.querySelector("ul").replaceChildren(...all.map(entry));
}

function entry(comparison) {
  const items = comparison.images.map((id) => state.items.get(id)).filter(Boolean);
  const title = comparison.title || items.map(shortName).join(", ");
  const pictures = items.map((item) => make("img", { src: pictureOf(item) ?? "", alt: "", loading: "lazy" }));
  const date = new Date(comparison.date).toLocaleDateString(language, { dateStyle: "medium" });
  const remove = make("button", { type: "button", className: "bare", textContent: say("compare.forget"), ariaLabel: say("compare.forgetNamed", { title }) });
  remove.addEventListener("click", () => { keepComparisons(keptComparisons().filter((each) => !isSame(each, comparison))); $("comparisons-title").focus(); });
  const words = make("span", {}, make("b", { textContent: title }), make("span", { className: "quiet", textContent: date }));
  return make("li", {}, make("a", { href: comparing(comparison.images) }, make("span", { className: "thumbs" }, ...pictures), words), remove);
}
