/* What is laid over the work: heat, or an attribute's map, as strong as the slider says. */

import { paintCells, paintHeat } from "./colours.js";
import { $ } from "./dom.js";
import { sheet } from "./explaining.js";

/** Lay heat over the picture; the caption says whose. */
export async function showHeat(drawn, whose) {
  const image = drawn && Object.assign(new Image(), { src: drawn });
  await image?.decode();
  Object.assign(sheet, { heat: image, cells: null });
  $("heat-of").textContent = image ? `Bright where ${whose === "the verdict as a whole" ? "the picture speaks for the class" : `${whose} is excited`}.` : "";
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
  $("heat-of").textContent = `${map.name}: orange where it raises the score, blue where it lowers it.`;
  $("legend").hidden = true;
  drawHeat();
}
