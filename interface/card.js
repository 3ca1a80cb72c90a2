/* How an image was made, in plain words; below them what its card says, for those who want every number. */

import { address, api } from "./api.js";
import { $, make } from "./dom.js";
import { say } from "./language.js";
import { madeIn } from "./making.js";
import { find, state } from "./state.js";

export async function showCard() {
  const item = find(state.place);
  if (!$("card").open || !item) return;
  const card = state.live ? await api.card(item.id).catch(() => item) : item;
  const whole = make("a", { href: address(item.image.replace(/\.jpg$/, ".json")), textContent: say("card.whole") });
  const numbers = make("details", {}, make("summary", { textContent: say("card.numbers") }), make("p", {}, whole));
  numbers.addEventListener("toggle", () => {
    if (numbers.open && !numbers.querySelector("pre")) numbers.append(make("pre", { textContent: JSON.stringify(saved(card), null, 2) }));
  });
  $("card").querySelector(".made").replaceChildren(...madeIn({ ...item, ...card }), numbers);
}

const PAGES = new Set(["words", "stack", "time", "left", "progress", "state", "polled", "version"]);  // what the page adds to an entry

const saved = (card) => Object.fromEntries(Object.entries(card).filter(([name]) => !PAGES.has(name)));
