/* The line that counts, and what is offered beside it. */

import { LISTS } from "./config.js";
import { $ } from "./dom.js";
import { number, say } from "./language.js";
import { rememberQueue } from "./memory.js";
import { state, unfinished } from "./state.js";
import { showWallReason } from "./wall.js";

let counted = 0;

export function showCounts() {
  const busy = [...state.items.values()].filter(unfinished);
  const running = busy.filter((item) => item.state === "rendering").length;
  const all = state.items.size, seen = state.list.length;
  const words = [say(state.view === "favourites" ? "counts.favourites" : "counts.images", { count: seen })];
  const isCut = state.view === "gallery" && !state.search && seen < all;
  if (isCut) words[0] = say("counts.largest", { seen: number(seen), count: all });
  if (state.search) words.push(say("counts.found", { words: state.search }));
  if (running) words.push(say("counts.running", { count: running }));
  if (busy.length > running) words.push(say("counts.waiting", { count: busy.length - running }));
  showWallReason();
  const lost = lostItems();
  if (counted !== busy.length) { counted = busy.length; rememberQueue(); }
  if (lost.length) words.push(say("counts.lost", { count: lost.length }));
  for (const id of ["again-all", "forget"]) $(id).hidden = !lost.length || !state.live;
  $("again-all").textContent = say("counts.again", { count: lost.length });
  $("cancel-all").hidden = busy.length < 2 || !state.live;
  $("cancel-all").textContent = say("counts.cancel", { count: busy.length });
  $("counts").textContent = state.list.length || busy.length || state.search ? words.join(" · ") : "";
  $("exports").hidden = state.view !== "favourites";
  for (const id of ["csv", "talk", "save-notes"]) $(id).hidden = !state.list.length;
  const kept = Object.keys(state.kept).length;
  $("to-favourites").textContent = kept ? say("counts.myFavourites", { count: kept }) : say("page.favourites");
  const isExplained = state.view === "works" && (state.live || state.loading);
  $("works-view").hidden = !(state.view === "works" && state.explains);
  $("empty").hidden = !LISTS.includes(state.view) && state.view !== "works" || state.list.length > 0 || isExplained || state.loading || Boolean(state.away && !state.live);
  $("empty").firstElementChild.textContent = say(whyEmpty());
}

/** The sentence of a view that shows nothing. */
function whyEmpty() {
  if (state.view === "works") return "counts.unexplained";
  if (state.search) return "counts.nothing";
  if (state.view === "favourites") return "counts.noFavourites";
  return state.live ? "counts.noImage" : "counts.noneBeside";
}

export const lostItems = () => [...state.items.values()].filter((item) => item.state === "lost");
