/* The line that counts, and what is offered beside it. */

import { $, count } from "./dom.js";
import { rememberQueue } from "./memory.js";
import { sideBySide } from "./route.js";
import { state, unfinished } from "./state.js";
import { commonWords } from "./words.js";

const UNEXPLAINED = "Why a network says of a work what it says is computed when you ask: this needs the service. Start it with “make serve”.";

let counted = 0;

export function showCounts() {
  const busy = [...state.items.values()].filter(unfinished);
  const running = busy.filter((item) => item.state === "rendering").length;
  const all = state.items.size, seen = state.list.length;
  const words = [count(seen, state.chosen ? "chosen image" : state.view === "favourites" ? "favourite" : "image")];
  const isCut = state.view === "gallery" && !state.search && !state.chosen && seen < all;
  if (state.chosen && seen) words.push(...commonWords(state.list));
  if (state.chosen && seen < state.chosen.length) words.push(`${state.chosen.length - seen} of them not here`);
  if (isCut) words[0] = `${seen} of ${count(all, "image")}: of each neuron the largest`;
  if (state.search && !state.chosen) words.push(`found for “${state.search}”`);
  if (running) words.push(`${running} being rendered`);
  if (busy.length > running) words.push(`${busy.length - running} waiting`);
  const lost = lostItems();
  if (counted !== busy.length) { counted = busy.length; rememberQueue(); }
  if (lost.length) words.push(`${lost.length} lost when the service was started anew`);
  for (const id of ["again-all", "forget"]) $(id).hidden = !lost.length || !state.live;
  $("again-all").textContent = lost.length === 1 ? "Render it again" : `Render all ${lost.length} again`;
  $("cancel-all").hidden = busy.length < 2 || !state.live;
  $("cancel-all").textContent = `Cancel all ${busy.length}`;
  $("counts").textContent = state.list.length || busy.length || state.search ? words.join(" · ") : "";
  $("exports").hidden = state.view !== "favourites" || !state.list.length || Boolean(state.chosen);
  $("compare").hidden = state.list.length < 2;
  $("compare").href = sideBySide(state.list);
  const kept = Object.keys(state.kept).length;
  $("to-favourites").textContent = kept ? `Favourites ${kept}` : "Favourites";
  const isExplained = state.view === "works" && (state.live || state.loading);
  $("works-view").hidden = !(state.view === "works" && state.explains);
  $("empty").hidden = state.list.length > 0 || isExplained || state.loading || Boolean(state.away && !state.live);
  $("empty").firstElementChild.textContent = state.view === "works" ? UNEXPLAINED :
    state.search ? "Nothing of that name. Fewer words find more."
    : state.view === "favourites" ? "No favourites yet. Open an image and mark it with the star, or write a note."
    : state.live ? "No image yet. Choose a neuron and press Render: its image grows here before your eyes."
    : "No finished images lie beside this page. Start the service with “make serve” to render the first.";
}

export const lostItems = () => [...state.items.values()].filter((item) => item.state === "lost");
