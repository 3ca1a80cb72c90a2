/* The room: only the tiles near the window are in the document. */

import { showCounts } from "./counts.js";
import { $, clone, make, rem } from "./dom.js";
import { showLayers } from "./layers.js";
import { planGallery, planWall } from "./plans.js";
import { listed } from "./search.js";
import { state } from "./state.js";
import { paint } from "./tiles.js";
import { tellApart } from "./words.js";

const shown = new Map();  // key of a cell -> its element and the cell it was last drawn for
let planned = 0;

/** Work out where everything lies, then draw. */
export function arrange() {
  state.list = listed();
  tellApart(state.list);
  const wall = $("wall");
  const width = wall.parentElement.clientWidth, unit = rem();
  const isBare = state.view === "wall" && !document.body.hasAttribute("data-printing");  // on paper all have captions
  const plan = isBare ? planWall : planGallery;
  state.cells = plan(state.list, width, $("tile-size").value * unit, unit);
  const last = state.cells.at(-1);
  wall.style.height = last ? `${Math.max(...state.cells.slice(-60).map((cell) => cell.top + cell.height))}px` : 0;
  wall.classList.toggle("bare-wall", isBare);
  wall.hidden = !state.list.length;
  $("order").hidden = state.view === "wall";
  if (!state.list.some((item) => item.id === state.current)) state.current = state.list[0]?.id;
  showCounts();
  showLayers();
  draw();
}

/** Put the cells near the window into the document, and take the others out. */
export function draw() {
  planned = 0;
  const everything = state.paper && document.body.hasAttribute("data-printing");
  const wall = $("wall");
  const above = -wall.getBoundingClientRect().top - innerHeight * 0.7;
  const below = everything ? Infinity : above + innerHeight * 2.4;
  let low = 0, high = everything ? 0 : state.cells.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (state.cells[middle].top + state.cells[middle].height < above) low = middle + 1; else high = middle;
  }
  const near = [];
  for (let i = low; i < state.cells.length && state.cells[i].top < below; i++) near.push(state.cells[i]);
  const current = state.cells.find((cell) => cell.key === state.current);
  if (current && !near.includes(current)) near[current.top < above ? "unshift" : "push"](current);
  const keys = new Set(near.map((cell) => cell.key));
  for (const [key, { element }] of shown) if (!keys.has(key)) { element.remove(); shown.delete(key); }
  let cursor = wall.firstElementChild;
  for (const cell of near) {
    const known = shown.get(cell.key) ?? placeCell(cell);
    if (known.element === cursor) cursor = cursor.nextElementSibling; else wall.insertBefore(known.element, cursor);
    if (known.cell !== cell) position(known.element, cell);
    known.cell = cell;
  }
}

function placeCell(cell) {
  const label = { className: "label", ariaHidden: "true" };
  const known = { element: cell.item ? make("li", {}, clone("tile")) : make("li", label, make("b"), make("span"), make("span")) };
  shown.set(cell.key, known);
  return known;
}

function position(element, cell) {
  element.style.cssText = `left:${cell.left}px;top:${cell.top}px;width:${cell.width}px;height:${cell.height}px`;
  if (!cell.item) return cell.label.forEach((text, i) => { element.children[i].textContent = text; });
  element.ariaSetSize = state.list.length;
  element.ariaPosInSet = cell.index + 1;
  leadTab(paint(element.firstElementChild, cell.item), cell.key === state.current);
}

/** Let Tab lead to a tile, or past it. */
function leadTab(tile, isLed) {
  for (const part of tile.querySelectorAll(":scope > .open, :scope > .pick")) part.tabIndex = isLed ? 0 : -1;
}

/** The link of a tile of the room, once it is drawn. */
export const openerOf = (id) => shown.get(id)?.element.querySelector(".open");

/** Make one tile the one that Tab leads to. */
export function setCurrent(id) {
  if (openerOf(state.current)) leadTab(openerOf(state.current).parentElement, false);
  state.current = id;
  draw();
  if (openerOf(id)) leadTab(openerOf(id).parentElement, true);
}

export const soon = () => { planned ||= requestAnimationFrame(draw); };
