/* Where everything lies: cells of the gallery and of the wall. */

import { state } from "./state.js";
import { headOf } from "./words.js";

/** Cells of the gallery: equal squares, lines of caption under them. */
export function planGallery(list, width, wanted, unit) {
  const gap = 1.1 * unit;
  const columns = Math.max(1, Math.floor((width + gap) / (Math.min(wanted, (width - gap) / 2) + gap)));
  const side = (width - gap * (columns - 1)) / columns;
  const height = side + (0.6 + 1.15 * state.lines) * unit;
  return list.map((item, index) => ({
    key: item.id, item, index, width: side, height,
    left: (index % columns) * (side + gap), top: Math.floor(index / columns) * (height + 0.7 * unit),
  }));
}

/** Cells of the wall: neurons across, sizes down, each as large beside the others as it is in pixels. */
export function planWall(list, width, wanted, unit) {
  const gap = 1.1 * unit, margin = 3.6 * unit, cells = [];
  const largest = list.reduce((size, item) => Math.max(size, item.size), 1);
  const columns = Math.max(1, Math.floor((width - margin + gap) / (Math.min(wanted, (width - margin - gap) / 2) + gap)));
  const step = (width - margin + gap) / columns, full = step - gap;
  let top = 0, index = 0;
  for (const section of sections(list, columns)) {
    section.forEach(([item], column) => cells.push({
      key: `head ${item.id}`, left: margin + column * step, top, width: full, height: 3.4 * unit,
      label: headOf(item),
    }));
    top += 3.8 * unit;
    for (const size of [...new Set(section.flat().map((item) => item.size))].sort((a, b) => a - b)) {
      const side = full * (0.3 + 0.7 * size / largest);
      cells.push({ key: `size ${size} ${top}`, left: 0, top, width: margin - gap, height: side, label: ["", `${size} px`, ""] });
      section.forEach((stack, column) => stack.filter((item) => item.size === size).slice(-1).forEach((item) => cells.push({
        key: item.id, item, index: index++, left: margin + column * step, top, width: side, height: side,
      })));
      top += side + gap;
    }
    top += 1.6 * unit;
  }
  return cells;
}

/** The sizes of each image in a stack; in a section so many stacks of one layer and method, of one neuron. */
function sections(list, columns) {
  const stacks = Map.groupBy(list, (item) => item.stack).values();
  const isOne = list.every((item) => item.layer === list[0].layer && item.neuron === list[0].neuron);
  const alike = Map.groupBy(stacks, ([item]) => (isOne ? "" : `${item.model} ${item.layer} ${item.preset}`));
  return [...alike.values()].flatMap((stacks) =>
    Array.from({ length: Math.ceil(stacks.length / columns) }, (_, i) => stacks.slice(i * columns, (i + 1) * columns)));
}
