/* The wall: neurons across, sizes down. It is worth its place only where images have several sizes. */

import { $ } from "./dom.js";
import { state } from "./state.js";

/** Whether some images are there in several sizes. */
function hasSizes() {
  const stacks = new Map();
  for (const { stack, size, state: is } of state.items.values()) {
    if (is !== "done") continue;
    if (stacks.has(stack) && stacks.get(stack) !== size) return true;
    stacks.set(stack, size);
  }
  return false;
}

/** Lead to the wall where there is something to compare on it, and say there what that is. */
export function showWallReason() {
  $("to-wall").hidden = state.view !== "wall" && !hasSizes();
  $("wall-reason").hidden = state.view !== "wall" || !state.list.length;
}
