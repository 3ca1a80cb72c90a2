// --- tiles: pictures from pyramids on a canvas --------------------------------------------------------------
//
// The page gives `page`: how many things there are (count), the pyramids (sheets) of which each pane of the canvas
// shows one, and of each thing width and height in its cell (wide, high), a larger copy or "" (large). `drawing.js`
// draws them, `moving.js` moves, `choosing.js` searches and filters, `room.js` is dark or light.

const $ = (id) => document.getElementById(id);
const canvas = $("map");
let paper = canvas.getContext("2d", { alpha: false });  // what is drawn on
const KEPT = 220;  // tiles and larger copies at most
const AT_ONCE = { moving: 1, resting: 6 };  // files that are fetched at a time: to decode one takes a frame's time
const RESTS = 200, STALE = 30;  // milliseconds until a view is at rest; frames after which what left the view is not wanted
const loaded = new Set(), awaited = [], copies = [];
let frame = 0, coming = 0, moved = 0;

const sheets = page.sheets.map((sheet) => ({
  ...sheet,
  levels: sheet.scales.map((scale) => ({ scale, step: sheet.tile * scale, across: Math.ceil(sheet.width / (sheet.tile * scale)), tiles: [] })),
}));

/** A picture file that is drawn once it is there. */
function fetched(path, forget) {
  const found = { path, picture: null, used: frame, forget };
  awaited.push(found);
  fetchMore();
  return found;
}

/** Fetch what was asked for last; what has left the view meanwhile is forgotten. */
function fetchMore() {
  while (awaited.length && coming < (performance.now() - moved < RESTS ? AT_ONCE.moving : AT_ONCE.resting)) {
    const found = awaited.pop();
    if (found.forget && found.used < frame - STALE) { found.forget(); continue; }
    const picture = new Image();
    coming++;
    picture.onload = () => takeIn(found, picture);
    picture.onerror = () => { coming--; fetchMore(); };
    picture.src = found.path;
  }
}

/** Take a picture in; of all but the coarsest tiles the longest unused are forgotten. */
async function takeIn(found, picture) {
  try { found.picture = await createImageBitmap(picture); } catch { found.picture = picture; }
  coming--;
  loaded.add(found);
  if (loaded.size > KEPT) {
    const oldest = [...loaded].filter((each) => each.forget && each.used < frame).sort((a, b) => a.used - b.used)[0];
    if (oldest) { loaded.delete(oldest); oldest.forget(); }
  }
  fetchMore();
  draw();
}

/** The tile of a level by its number, row after row, named as IIIF names it. */
function fetchTile(sheet, level, number) {
  const { scale, step, across } = level, left = number % across * step, top = Math.floor(number / across) * step;
  const width = Math.min(step, sheet.width - left), height = Math.min(step, sheet.height - top);
  const forget = level === sheet.levels.at(-1) ? null : () => { level.tiles[number] = undefined; };
  return fetched(`${sheet.path}/${left},${top},${width},${height}/${width / scale},${height / scale}/0/default.jpg`, forget);
}

/** The coarsest level whose pictures have that many pixels. */
function fittingLevel(sheet, pixels) {
  const { levels } = sheet;
  let place = 0;
  while (place + 1 < levels.length && sheet.cell / levels[place + 1].scale >= pixels) place++;
  return place;
}

/** Where a thing's cell lies on the sheet, in pixels at full size. */
const cellOf = (sheet, number) => {
  const at = sheet.at ? sheet.at[number] : number;
  return [at % sheet.columns * sheet.cell, Math.floor(at / sheet.columns) * sheet.cell];
};

/** The tile of a level that shows a place of the sheet, if it was asked for. */
const tileAt = ({ step, across, tiles }, x, y) => tiles[Math.floor(y / step) * across + Math.floor(x / step)];

/** Ask for the tile of a level that shows a place of the sheet. */
function askFor(sheet, level, x, y) {
  const index = Math.floor(y / level.step) * level.across + Math.floor(x / level.step);
  const tile = level.tiles[index] ??= fetchTile(sheet, level, index);
  tile.used = frame;
  return tile;
}

/** Draw some of a sheet, from the finest tile that is there; the next finer one is asked for, up to that which fits. */
function drawPart(sheet, x, y, w, h, left, top, width, height, pixels) {
  const { levels } = sheet, fits = fittingLevel(sheet, pixels);
  let place = fits;
  while (place < levels.length && !tileAt(levels[place], x, y)?.picture) place++;
  if (place > fits) askFor(sheet, levels[place - 1], x, y);
  if (place === levels.length) return paper.fillRect(left, top, width, height);
  const level = levels[place], { scale, step } = level;
  paper.drawImage(askFor(sheet, level, x, y).picture, (x % step) / scale, (y % step) / scale, w / scale, h / scale, left, top, width, height);
}

/** Whether the tile is there that shows a thing at so many pixels; it is asked for. */
function isThere(sheet, number, pixels) {
  const [x, y] = cellOf(sheet, number);
  return askFor(sheet, sheet.levels[fittingLevel(sheet, pixels)], x, y).picture !== null;
}

/** Draw a thing into a rectangle, from its larger copy where its cell is too small. */
function drawOne(sheet, number, left, top, width, height, pixels) {
  const large = pixels > sheet.cell && sheet === sheets[0] ? page.large(number) : "";
  if (large) {
    const copy = copies[number] ??= fetched(large, () => { copies[number] = undefined; });
    copy.used = frame;
    if (copy.picture) { paper.drawImage(copy.picture, left, top, width, height); return; }
  }
  const [x, y] = cellOf(sheet, number);
  drawPart(sheet, x, y, page.wide[number], page.high[number], left, top, width, height, pixels);
}
