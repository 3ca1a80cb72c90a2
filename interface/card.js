/* How an image was made, as its card says. */

import { address, api } from "./api.js";
import { CARD } from "./config.js";
import { $, make, pick } from "./dom.js";
import { say } from "./language.js";
import { find, state } from "./state.js";

export async function showCard() {
  const item = find(state.place);
  if (!$("card").open || !item) return;
  const { settings, versions, command, ...card } = state.live ? await api.card(item.id).catch(() => item) : item;
  const rows = Object.entries({ [say("card.command")]: command, ...pick(card, CARD), ...settings, ...versions });
  const text = (value) => (typeof value === "object" ? JSON.stringify(value) : String(value));
  const whole = make("a", { href: address(item.image.replace(/\.jpg$/, ".json")), textContent: say("card.whole") });
  $("card").querySelector("dl").replaceChildren(
    ...rows.filter(([, value]) => (value ?? "") !== "").flatMap(([name, value]) =>
      [make("dt", { textContent: name.replaceAll("_", " ") }), make("dd", { textContent: text(value) })]),
    make("dt", { textContent: say("card.file") }), make("dd", {}, whole));
}
