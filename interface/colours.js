/* Heat and attribute maps as colours on a canvas that lies over a picture.

   Heat goes from dark blue over grey to bright yellow (after cividis), maps from orange (lowers) to blue (raises):
   colours that all eyes tell apart. */

const WARMTH = [[0, 32, 77], [60, 77, 110], [124, 123, 120], [188, 175, 111], [255, 234, 70]];
export const RAISES = [58, 134, 214], LOWERS = [230, 126, 34];

/** Values of a picture's pixels: heat is grey, so the red ones are enough. */
function valuesOf(image) {
  const paper = new OffscreenCanvas(image.naturalWidth, image.naturalHeight).getContext("2d");
  paper.drawImage(image, 0, 0);
  return paper.getImageData(0, 0, image.naturalWidth, image.naturalHeight).data.filter((_, i) => i % 4 === 0);
}

/** The colour of a value from 0 to 1. */
function warmth(value) {
  const place = value * (WARMTH.length - 1), low = Math.min(Math.floor(place), WARMTH.length - 2), share = place - low;
  return WARMTH[low].map((part, i) => part * (1 - share) + WARMTH[low + 1][i] * share);
}

/** Put a canvas over a picture, all but a share of its sides. */
function lay(canvas, margin) {
  const side = `${100 - 200 * margin}%`;
  Object.assign(canvas.style, { inset: `${100 * margin}%`, width: side, height: side });
}

/** Lay heat, a grey picture, over the work. */
export function paintHeat(canvas, heat, strength) {
  Object.assign(canvas, { width: heat.naturalWidth, height: heat.naturalHeight });
  lay(canvas, 0);
  const values = valuesOf(heat), paper = canvas.getContext("2d"), picture = paper.createImageData(canvas.width, canvas.height);
  values.forEach((value, i) => {
    const share = (value / 255) ** 0.5;  // few places are far brighter than all others
    picture.data.set([...warmth(share), 255 * strength * share], 4 * i);
  });
  paper.putImageData(picture, 0, 0);
}

/** Lay what each place adds over the picture: orange raises, blue lowers. */
export function paintCells(canvas, { map, peak, margin }, strength) {
  const rows = map.cells.length, columns = map.cells[0].length;
  Object.assign(canvas, { width: columns, height: rows });
  lay(canvas, margin);
  const paper = canvas.getContext("2d"), picture = paper.createImageData(columns, rows);
  map.cells.flat().forEach((value, i) => {
    picture.data.set([...(value >= 0 ? RAISES : LOWERS), 255 * strength * Math.min(Math.abs(value) / peak, 1) ** 0.5], 4 * i);
  });
  paper.putImageData(picture, 0, 0);
}
