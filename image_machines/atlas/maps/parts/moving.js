// --- moving: the view, by pointer and by keyboard ---------------------------------------------------------
//
// The page gives `page.open(number, going)` and `page.close()`. `plane.js` listens.

/** Fit things into the view: all, or those of a list. */
function show(numbers = Array(page.count).keys()) {
  let low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (const number of numbers) {
    low = [Math.min(low[0], X[number]), Math.min(low[1], Y[number])];
    high = [Math.max(high[0], X[number]), Math.max(high[1], Y[number])];
  }
  if (!Number.isFinite(low[0])) return;
  const { cell } = page.layouts[state.layout], half = (cell ?? 0) / 2, seen = view(), margin = cell ? 28 : Math.max(state.base, 40);
  const extent = [0, 1].map((axis) => Math.max(high[axis] - low[axis] + 2 * half, 0.02));
  const inside = (length) => Math.max(length - 2 * margin, length / 2);  // of a very small pane, too
  state.scale = Math.min(inside(seen.width) / extent[0], inside(seen.height) / extent[1]);
  state.x = (low[0] + high[0] - seen.width / state.scale) / 2;
  state.y = (low[1] + high[1] - seen.height / state.scale) / 2;
  draw();
}

/** Measure the view; the map keeps its place in it. */
function measure() {
  if (!canvas.clientWidth || !canvas.clientHeight) return;  // not laid out at the moment
  const dots = devicePixelRatio, before = state.scale / state.fit, seen = view();
  const wide = Math.round(canvas.clientWidth * dots), high = Math.round(canvas.clientHeight * dots);
  if (canvas.width !== wide || canvas.height !== high) { canvas.width = wide; canvas.height = high; }
  state.base = Math.min(Math.max(0.75 * Math.sqrt(seen.width * seen.height / Math.max(page.count, 1)), 7), 72);
  const middle = [state.x + seen.width / state.scale / 2, state.y + seen.height / state.scale / 2];
  show();
  state.fit = state.scale;
  if (before > 1.01) zoomTo(state.fit * before, seen.width / 2, seen.height / 2, middle);
}

/** The largest scale: there a picture is as large as it gets. */
function largestScale() {
  const { cell } = page.layouts[state.layout];
  return cell ? LARGEST / cell : state.fit * near() * (LARGEST / state.base / near()) ** (1 / GROWTH);
}

/** Zoom so that a place of the map lies at these pixels of a pane. */
function zoomTo(scale, x, y, place) {
  zoomView(state, Math.min(Math.max(scale, state.fit * 0.7), Math.max(largestScale(), state.fit)), x, y, place);
  draw();
}

/** As `zoomTo`, of the middle of the view. */
function zoomToMiddle(scale, place) {
  const { width, height } = view();
  zoomTo(scale, width / 2, height / 2, place);
}

const zoomBy = (factor) => zoomToMiddle(state.scale * factor);

function move(x, y) {
  moveView(state, x, y);
  draw();
}

let journey = 0;

/** The other layout: every thing travels to its new place, or is there at once for who wants no motion. */
function layOut(number, lasts = matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 700) {
  const from = [X.slice(), Y.slice()], to = page.layouts[number].points, begun = performance.now(), own = ++journey;
  state.from = state.layout; state.layout = number; state.share = 0;
  const step = (now) => {
    if (own !== journey) return;
    const share = lasts ? Math.min(Math.max(now - begun, 0) / lasts, 1) : 1, eased = share * share * (3 - 2 * share);
    for (let index = 0; index < to.length; index++) {
      X[index] = from[0][index] + eased * (to[index][0] - from[0][index]);
      Y[index] = from[1][index] + eased * (to[index][1] - from[1][index]);
    }
    state.share = share;
    show(); state.fit = state.scale;
    if (share < 1) requestAnimationFrame(step);
  };
  step(begun);
}

/** The thing whose picture lies at these pixels of a pane, the topmost. */
function at(x, y) {
  const longest = side();
  for (const wanted of [1, 0])
    for (let number = page.count - 1; number >= 0; number--) {
      if (state.shown[number] !== wanted) continue;
      const [left, top, w, h] = place(number, longest);
      if (x >= left && x <= left + w && y >= top && y <= top + h) return number;
    }
  return -1;
}

/** The things nearest to a place of the map. */
function nearest([x, y], most, among = () => true) {
  return [...Array(page.count).keys()].filter(among)
    .map((number) => [Math.hypot(X[number] - x, Y[number] - y), number])
    .sort((a, b) => a[0] - b[0]).slice(0, most).map(([, number]) => number);
}

/** Pixels of the canvas as pixels of the pane that they are in. */
function inPane(x, y) {
  const { width, height } = view();
  return [Math.min(Math.max(x, 0), canvas.clientWidth - 1) % width, Math.min(Math.max(y, 0), canvas.clientHeight - 1) % height];
}

listenToPointers(canvas, {
  move,
  zoom: (factor, x, y) => zoomTo(state.scale * factor, ...inPane(x, y)),
  tap: (x, y) => {
    const number = at(...inPane(x, y));
    if (number >= 0) page.open(number); else page.close();
  },
});
listenToKeys(canvas, {
  ...movingKeys({ move, zoomBy, show: () => show() }),
  Enter: () => {
    const { width, height } = view();
    const [number] = nearest([state.x + width / 2 / state.scale, state.y + height / 2 / state.scale], 1, (each) => state.shown[each]);
    if (number !== undefined) page.open(number);
  },
  n: () => step(1), p: () => step(-1),
});

/** Open the next thing that is shown, or the one before. */
function step(by) {
  for (let count = 1; count <= page.count; count++) {
    const number = (Math.max(state.chosen, by > 0 ? -1 : 0) + by * count + 2 * page.count) % page.count;
    if (!state.shown[number]) continue;
    page.open(number);
    zoomToMiddle(state.scale, [X[number], Y[number]]);
    return;
  }
}

$("in").addEventListener("click", () => zoomBy(1.6));
$("out").addEventListener("click", () => zoomBy(1 / 1.6));
$("whole").addEventListener("click", () => show());
$("layout").append(...page.layouts.map((layout, number) => new Option(layout.name, number)));
$("layout").addEventListener("change", () => layOut(Number($("layout").value)));
