// --- drawing: all that is in view -------------------------------------------------------------------------
//
// The page gives `page.layouts`, each a name and the points of all things; where pictures touch, in a grid, the side
// of a `cell`; `names`, words at places of the map; `rows` where things lie as on the sheet, row by row.

const LARGEST = 420;  // pixels of a picture at most
const GROWTH = 0.55;  // pictures grow more slowly than the map, so that they come apart as one zooms in
const limits = {
  small: 20,  // pixels of pictures that are drawn by the row where they lie in rows
  many: 1200,  // pictures that are drawn one by one in a frame; more of them come from a picture of the whole
};
const STEP = 400, FAR = 4096;  // pictures that are added to it in a frame, and its pixels at most

const X = Float64Array.from(page.layouts[0].points, ([x]) => x), Y = Float64Array.from(page.layouts[0].points, ([, y]) => y);
const state = {
  layout: 0, from: 0, share: 1,  // the layout, the one before, and how far things have travelled from there
  x: 0, y: 0, scale: 1, fit: 1, base: 24,  // what lies at the left and top, pixels of the map's unit, of a picture
  shown: new Uint8Array(page.count).fill(1), some: false, version: 0,  // what is shown, whether not all, how often that changed
  chosen: -1, panes: [0],  // panes: the sheet of each
};
let waiting = 0, colours = {}, drawn = "";  // drawn: the place of the view in the last frame

/** Draw with the browser's next frame. */
function draw() {
  waiting ||= requestAnimationFrame(() => { waiting = 0; drawNow(); });
}

/** Width and height of a pane, and where each begins: beside each other, or below where the view is high. */
function view() {
  const count = state.panes.length, wide = canvas.clientWidth, high = canvas.clientHeight, beside = wide >= high;
  const width = beside ? wide / count : wide, height = beside ? high : high / count;
  return { width, height, corners: state.panes.map((_, pane) => (beside ? [pane * width, 0] : [0, pane * height])) };
}

/** How far one zooms in before fewer than `many` are in view; up to there pictures grow as the map does. */
const near = () => Math.max(Math.sqrt(page.count / limits.many), 1);

/** How many times larger than in the whole view a picture is at a zoom, in layouts without cells. */
const grown = (zoom) => (near() > 1 && zoom < near() ? zoom : near() * (zoom / near()) ** GROWTH);

/** The longer side of a picture on the screen; on the way between layouts it changes with them. */
function side() {
  const of = ({ cell }) => Math.min(cell ? cell * state.scale : state.base * grown(state.scale / state.fit), LARGEST);
  const { layouts } = page, to = of(layouts[state.layout]);
  return state.share < 1 ? to * state.share + of(layouts[state.from]) * (1 - state.share) : to;
}

/** Where a thing lies in a pane: left, top, width, height. */
function place(number, longest = side()) {
  const scale = longest / Math.max(page.wide[number], page.high[number], 1), w = page.wide[number] * scale, h = page.high[number] * scale;
  return [(X[number] - state.x) * state.scale - w / 2, (Y[number] - state.y) * state.scale - h / 2, w, h];
}

/** Draw all panes. */
function drawNow() {
  const now = [state.x, state.y, state.scale].join();
  if (drawn && now !== drawn) moved = performance.now();
  drawn = now;
  frame++;
  const dots = devicePixelRatio, { width, height, corners } = view();
  paper.setTransform(dots, 0, 0, dots, 0, 0);
  paper.fillStyle = colours.frame;
  paper.fillRect(0, 0, canvas.clientWidth, canvas.clientHeight);
  paper.imageSmoothingQuality = "low";
  for (const [pane, [left, top]] of corners.entries()) {
    paper.save();
    paper.beginPath(); paper.rect(left, top, width, height); paper.clip();
    paper.translate(left, top);
    drawPane(sheets[state.panes[pane]], width, height, dots);
    paper.restore();
    if (pane) { paper.fillStyle = colours.room; paper.fillRect(left - (left && 1), top - (top && 1), left ? 2 : width, left ? height : 2); }
  }
}

/** Draw what is in view: what is filtered out faintly below, the chosen thing on top, then names. */
function drawPane(sheet, width, height, dots) {
  const longest = side(), half = longest / 2 / state.scale;
  const low = [state.x - half, state.y - half], high = [state.x + width / state.scale + half, state.y + height / state.scale + half];
  const byRow = page.layouts[state.layout].rows && state.share === 1 && longest < limits.small && sheet.at;
  const seen = (number) => X[number] >= low[0] && X[number] <= high[0] && Y[number] >= low[1] && Y[number] <= high[1];
  let count = 0;
  if (page.count > limits.many && !byRow) for (let number = 0; number < page.count; number++) count += seen(number);
  const every = state.share < 1 ? Math.ceil(count / limits.many) || 1 : 1;  // on the way some stand for all
  paper.fillStyle = colours.line;
  if (count > limits.many && every === 1) drawFar(sheet, longest, dots); else
  for (const wanted of state.some ? [0, 1] : [1]) {
    paper.globalAlpha = wanted ? 1 : 0.14;
    const pixels = wanted ? longest * dots : 1;
    for (let number = 0; number < page.count; number += every) {
      if (state.shown[number] !== wanted || !seen(number)) continue;
      if (byRow) { number = drawRun(sheet, number, longest, pixels); continue; }
      const scale = longest / Math.max(page.wide[number], page.high[number]), w = page.wide[number] * scale, h = page.high[number] * scale;
      drawOne(sheet, number, (X[number] - state.x) * state.scale - w / 2, (Y[number] - state.y) * state.scale - h / 2, w, h, pixels);
    }
  }
  paper.globalAlpha = 1;
  if (state.chosen >= 0) drawChosen(sheet, longest);
  drawNames(width, height);
  drawTitle(sheet, width);
}

/** Draw a picture of the whole map, which is drawn bit by bit and kept for as long as nothing changes in it. */
function drawFar(sheet, longest, dots) {
  const own = Number((longest / state.scale).toPrecision(6)), size = Math.min(state.fit * near() * dots, FAR / (1 + own));
  const key = [state.layout, state.version, own, size, colours.frame].join();
  if (sheet.far?.key !== key) {
    const whole = document.createElement("canvas");
    whole.width = Math.ceil((Math.max(...X) + own) * size); whole.height = Math.ceil((Math.max(...Y) + own) * size);
    const order = [0, 1].flatMap((wanted) => Array.from(state.shown.keys()).filter((number) => state.shown[number] === wanted));
    sheet.far = { key, whole, order, done: 0 };
  }
  const { whole, order } = sheet.far, front = paper;
  if (sheet.far.done < order.length) {
    paper = whole.getContext("2d");
    paper.imageSmoothingQuality = "low";
    paper.fillStyle = colours.line;
    for (const until = Math.min(sheet.far.done + STEP, order.length); sheet.far.done < until; sheet.far.done++) {
      const number = order[sheet.far.done], pixels = own * size;
      paper.globalAlpha = state.shown[number] ? 1 : 0.14;
      if (!isThere(sheet, number, pixels)) break;
      const scale = pixels / Math.max(page.wide[number], page.high[number]), w = page.wide[number] * scale, h = page.high[number] * scale;
      drawOne(sheet, number, X[number] * size + (pixels - w) / 2, Y[number] * size + (pixels - h) / 2, w, h, pixels);
    }
    paper = front;
    if (sheet.far.done < order.length) draw();
  }
  const scale = state.scale / size;
  paper.drawImage(whole, (-own / 2 - state.x) * state.scale, (-own / 2 - state.y) * state.scale, whole.width * scale, whole.height * scale);
}

/** Draw, as one, the things from this one on that lie beside each other on the sheet and on the map; the last of them. */
function drawRun(sheet, first, longest, pixels) {
  const { at, columns, cell } = sheet, wanted = state.shown[first];
  const step = sheet.tile * sheet.scales[fittingLevel(sheet, pixels)] / cell;  // cells beside each other in a tile
  let last = first;
  while (last + 1 < page.count && at[last + 1] === at[last] + 1 && at[last + 1] % columns % step && state.shown[last + 1] === wanted) last++;
  const [x, y] = cellOf(sheet, first), left = (X[first] - state.x) * state.scale - longest / 2, top = (Y[first] - state.y) * state.scale - longest / 2;
  drawPart(sheet, x, y, (last - first + 1) * cell, cell, left, top, (X[last] - X[first]) * state.scale + longest, longest, pixels);
  return last;
}

/** The chosen thing once more, in a frame. */
function drawChosen(sheet, longest) {
  const [left, top, w, h] = place(state.chosen, Math.max(longest, 40));
  drawOne(sheet, state.chosen, left, top, w, h, Math.max(longest, 40) * devicePixelRatio);
  for (const [inset, colour] of [[-2, colours.text], [-4, colours.room]]) {
    paper.strokeStyle = colour; paper.lineWidth = 2;
    paper.strokeRect(left + inset, top + inset, w - 2 * inset, h - 2 * inset);
  }
}

const lettering = `13px ${getComputedStyle(document.body).fontFamily}`;

/** Words on a veil. */
function write(words, left, top, width) {
  paper.fillStyle = colours.veil; paper.fillRect(left, top, width, 20);
  paper.fillStyle = colours.text; paper.fillText(words, left + 5, top + 14.5);
}

/** The names of the layout's places, the first ones first, where they do not lie over each other. */
function drawNames(width, height) {
  paper.font = lettering;
  const taken = [];
  for (const name of state.share === 1 ? page.layouts[state.layout].names ?? [] : []) {
    const w = name.width ??= paper.measureText(name.words).width + 10, x = (name.at[0] - state.x) * state.scale;
    const at = !name.block ? [-w / 2, -10] : x > w + 6 ? [-w - 6, 0] : [0, -22];  // a block's beside it where there is room
    const left = x + at[0], top = (name.at[1] - state.y) * state.scale + at[1];
    if (left > width || left + w < 0 || top > height || top < -20) continue;
    if (taken.some(([l, t, s]) => left < l + s && l < left + w && Math.abs(top - t) < 24)) continue;
    taken.push([left, top, w]);
    write(name.words, left, top, w);
  }
}

/** What a pane shows, where there are two. */
function drawTitle(sheet, width) {
  if (state.panes.length < 2) return;
  const w = sheet.measured ??= paper.measureText(sheet.title).width + 10;
  write(sheet.title, (width - w) / 2, 6, w);
}
