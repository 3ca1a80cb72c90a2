// --- plane: a view that moves over a plane, by pointer, fingers, wheel and keys ----------------------------
//
// A view is { x, y, scale }: what lies at its left and top, and how many pixels the plane's unit has. Both a page
// with a canvas and interface.html, which imports this file as a module, show one.

/** Zoom so that a place of the plane lies at these pixels of the view. */
export function zoomView(view, scale, x, y, [placeX, placeY] = [view.x + x / view.scale, view.y + y / view.scale]) {
  view.scale = scale;
  view.x = placeX - x / scale; view.y = placeY - y / scale;
}

/** Move what is seen by so many pixels. */
export function moveView(view, x, y) {
  view.x -= x / view.scale; view.y -= y / view.scale;
}

/**
 * Listen to a mouse, to fingers and to the wheel: on.move(x, y) by so many pixels, on.zoom(factor, x, y) about a pixel
 * of the element, on.tap(x, y) where a press hardly moved.
 */
export function listenToPointers(element, on) {
  const fingers = new Map();
  let gone = 0;  // pixels since the finger came down: a tap hardly moves
  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, within(event));
    if (fingers.size === 1) gone = 0;
  });
  element.addEventListener("pointermove", (event) => {
    const before = fingers.get(event.pointerId), now = within(event);
    if (!before) return;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    fingers.set(event.pointerId, now);
    const x = now[0] - before[0], y = now[1] - before[1];
    gone += Math.abs(x) + Math.abs(y);
    if (!other) return on.move(x, y);
    const spread = (point) => Math.hypot(point[0] - other[0], point[1] - other[1]);
    on.zoom(spread(now) / Math.max(spread(before), 1), ...other);
  });
  for (const name of ["pointerup", "pointercancel"]) element.addEventListener(name, (event) => {
    const wasDown = fingers.delete(event.pointerId);
    if (wasDown && name === "pointerup" && gone <= 6) on.tap(...within(event));
  });
  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    on.zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)), ...within(event));
  }, { passive: false });

  /** Where an event is, in pixels of the element, whatever lies in it. */
  function within(event) {
    const { left, top } = element.getBoundingClientRect();
    return [event.clientX - left - element.clientLeft, event.clientY - top - element.clientTop];
  }
}

/** Listen to keys by their names: a table of what each does. */
export function listenToKeys(element, actions) {
  element.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const action = actions[event.key] ?? actions[event.key.toLowerCase()];
    if (action) { event.preventDefault(); action(); }
  });
}

/** The keys that move and zoom, of whoever can move(x, y), zoomBy(factor) and show(). */
export const movingKeys = ({ move, zoomBy, show }) => ({
  ArrowLeft: () => move(60, 0), ArrowRight: () => move(-60, 0), ArrowUp: () => move(0, 60), ArrowDown: () => move(0, -60),
  "+": () => zoomBy(1.4), "=": () => zoomBy(1.4), "-": () => zoomBy(1 / 1.4), 0: () => show(),
});
