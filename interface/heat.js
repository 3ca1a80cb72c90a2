/* What is laid over the work: heat, or an attribute's map, as strong as the slider says. */

import { paintCells, paintHeat } from "./colours.js";
import { $ } from "./dom.js";
import { sheet } from "./explaining.js";
import { english, say, sayWith } from "./language.js";

/** Lay heat over the picture; the caption says whose, that of the verdict as a whole where no name is given. */
export async function showHeat(drawn, whose) {
  const image = drawn && Object.assign(new Image(), { src: drawn });
  await image?.decode();
  Object.assign(sheet, { heat: image, cells: null });
  $("heat-of").textContent = !image ? "" : whose ? say("why.heatOf", { name: whose }) : say("why.heat");
  $("legend").hidden = !image;
  drawHeat();
}

/** Draw what is chosen over the picture, as strong as the slider says. */
export function drawHeat() {
  const canvas = $("heat"), strength = Number($("strength").value);
  const isOn = Boolean(sheet.heat || sheet.cells);
  $("strength").closest(".field").hidden = !isOn;
  $("why-picture").style.filter = sheet.heat ? `grayscale(${strength}) brightness(${1 - 0.45 * strength})` : "";
  canvas.hidden = !isOn;
  if (sheet.heat) paintHeat(canvas, sheet.heat, strength);
  if (sheet.cells) paintCells(canvas, sheet.cells, strength);
}

export function showCells(map, peak, margin) {
  Object.assign(sheet, { heat: null, cells: { map, peak, margin } });
  $("heat-of").replaceChildren(...sayWith("why.cells", { name: english(map.name) }));
  $("legend").hidden = true;
  drawHeat();
}
