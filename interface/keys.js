/* What keys do, and the search. */

import { cancel } from "./asking.js";
import { LISTS } from "./config.js";
import { $ } from "./dom.js";
import { printAll } from "./paper.js";
import { arrange, openerOf, setCurrent } from "./room.js";
import { link } from "./route.js";
import { routeWorks } from "./shelf.js";
import { state, unfinished } from "./state.js";

const KEYS = {
  ArrowLeft: (cells, i) => i - 1, ArrowRight: (cells, i) => i + 1, Home: () => 0, End: (cells) => cells.length - 1,
  ArrowUp: (cells, i) => nearest(cells, i, -1), ArrowDown: (cells, i) => nearest(cells, i, 1),
};

/** The cell straight above or below. */
function nearest(cells, i, step) {
  const middle = (cell) => cell.left + cell.width / 2;
  let best = -1, row = null;
  for (let j = i + step; cells[j] && (row === null || cells[j].top === row); j += step) {
    if (cells[j].top === cells[i].top) continue;
    row ??= cells[j].top;
    if (best < 0 || Math.abs(middle(cells[j]) - middle(cells[i])) < Math.abs(middle(cells[best]) - middle(cells[i]))) best = j;
  }
  return best;
}

export function moveInWall(event) {
  const id = event.target.closest(".tile")?.dataset.id;
  if (id && event.key === "Delete" && unfinished(state.items.get(id))) return cancel(id);
  if (!id || !KEYS[event.key]) return;
  event.preventDefault();
  const cells = state.cells.filter((cell) => cell.item);
  const next = cells[KEYS[event.key](cells, cells.findIndex((cell) => cell.key === id))];
  if (!next) return;
  setCurrent(next.key);
  const open = openerOf(next.key);
  open.focus({ preventScroll: true });
  open.scrollIntoView({ block: "nearest" });
}

/** Keys that work everywhere: / searches; in the large view the arrows go to the next neuron. */
export function pressed(event) {
  if (event.key === "p" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey) { event.preventDefault(); return printAll(); }
  const typing = event.target.closest("input, textarea, select");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "/" && !$("viewer").open) { event.preventDefault(); return $("search").focus(); }
  if (!$("viewer").open) return;
  const go = { ArrowLeft: $("previous"), ArrowRight: $("next") }[event.key];
  if (go && !go.hidden) location.replace(go.href);
}

export function search() {
  state.search = $("search").value.trim();
  if (!LISTS.includes(state.view) && state.view !== "works") return void (location.hash = link(null, "gallery"));
  history.replaceState(null, "", link(null));
  scrollTo(0, 0);
  arrange();
  if (state.explains) routeWorks(new URLSearchParams({ view: state.view }));
}

export function leaveSearch(event) {
  if (event.key !== "Enter" && event.key !== "ArrowDown") return;
  event.preventDefault();
  openerOf(state.current)?.focus();
}
