/* The branches of a block as a drawing whose points lead to their layers; arrows walk from point to point. */

import { PICTURE } from "./config.js";
import { lineOf, radiusOf, xOf, yOf } from "./diagram.js";
import { say } from "./language.js";
import { layerLink, sightOf } from "./layers.js";

const SVG = "http://www.w3.org/2000/svg";

/** An element of a drawing. */
export function drawn(tag, attributes = {}, ...children) {
  const element = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A small square for the picture, and in it what one place sees. */
export function sightGlyph({ receptive_field: field }) {
  const side = 32 * Math.min(1, Math.max(0.03, (field ?? PICTURE) / PICTURE));
  const inner = { x: 17 - side / 2, y: 17 - side / 2, width: side, height: side, class: "field" };
  return drawn("svg", { class: "sight", viewBox: "0 0 34 34", "aria-hidden": "true" }, drawn("rect", { x: 1, y: 1, width: 32, height: 32 }), drawn("rect", inner));
}

/** The branches of a block as a drawing, whose points lead to their layers. */
export function waysOf({ station, points, ways, lanes, rows, branches }, model) {
  const box = { class: "ways", width: xOf(lanes - 1) + 10, height: yOf(rows), "data-lanes": lanes, role: "group", "aria-label": say("layers.ways", { layer: station.name }) };
  const lines = ways.map((way) => drawn("path", { d: lineOf(way) }));
  const shown = points.filter(({ layer }) => layer).sort((a, b) => a.row - b.row || a.lane - b.lane);
  return drawn("svg", box, ...lines, ...shown.map((point) => pointOf(point, model, branches)));
}

function pointOf({ layer, lane, row, branch }, model, branches) {
  const where = branch !== null && branches > 1 ? say("layers.onBranch", { branch: branch + 1 }) : "";
  const text = [layer.name, say("layers.neurons", { count: layer.width }), sightOf(layer), where].filter(Boolean).join(", ");
  const circle = drawn("circle", { cx: xOf(lane), cy: yOf(row), r: radiusOf(layer), class: /Pool/.test(layer.kind) ? "pool" : "" });
  const reach = drawn("circle", { cx: xOf(lane), cy: yOf(row), r: 9, class: "reach" });
  return drawn("a", { href: layerLink(model, layer.name), "aria-label": text, tabindex: -1, "data-row": row, "data-lane": lane }, drawn("title", {}, text), reach, circle);
}

/** In the drawings Tab leads to one point, and arrows go on from there. */
export function walkWays(list) {
  const points = [...list.querySelectorAll(".ways a")];
  points[0]?.setAttribute("tabindex", 0);
  list.addEventListener("keydown", (event) => {
    const at = points.indexOf(event.target.closest(".ways a"));
    const next = at >= 0 && points[nextOf(points, at, event.key)];
    if (!next) return;
    event.preventDefault();
    points[at].setAttribute("tabindex", -1);
    next.setAttribute("tabindex", 0);
    next.focus();
  });
}

/** The point beside another one in its drawing; below the last one comes the next drawing. */
function nextOf(points, at, key) {
  const place = (point) => ({ way: point.parentNode, row: +point.dataset.row, lane: +point.dataset.lane });
  const here = place(points[at]);
  const found = (isWanted, far) => points.map((point, index) => ({ index, ...place(point) })).filter(({ way, ...each }) => way === here.way && isWanted(each)).sort((a, b) => far(a) - far(b))[0]?.index;
  const nearest = ({ row, lane }) => 10 * Math.abs(row - here.row) + Math.abs(lane - here.lane);
  if (key === "ArrowDown") return found(({ row }) => row > here.row, nearest) ?? points.findIndex((point, index) => index > at && point.parentNode !== here.way);
  if (key === "ArrowUp") return found(({ row }) => row < here.row, nearest) ?? points.findLastIndex((point, index) => index < at && point.parentNode !== here.way);
  if (key === "ArrowRight") return found(({ lane }) => lane > here.lane, ({ row, lane }) => 10 * Math.abs(lane - here.lane) + Math.abs(row - here.row));
  if (key === "ArrowLeft") return found(({ lane }) => lane < here.lane, ({ row, lane }) => 10 * Math.abs(lane - here.lane) + Math.abs(row - here.row));
  return { Home: 0, End: points.length - 1 }[key];
}
