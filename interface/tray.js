/* The tray: two to four images that are picked to be compared, kept in this browser until they are put back. */

import { comparing } from "./compare.js";
import { MEMORY } from "./config.js";
import { $, make, notify } from "./dom.js";
import { say } from "./language.js";
import { find, state } from "./state.js";
import { pictureOf, repaint } from "./tiles.js";

const TRAY = `${MEMORY}-tray`;
const MOST = 4;
const WITHOUT = ["compare", "experiment"];  // views in which it is not seen

let ids = recallTray();

function recallTray() {
  try { return JSON.parse(localStorage.getItem(TRAY)).filter((id) => typeof id === "string"); } catch { return []; }
}

/** The images in the tray that are here, in the order in which they were picked. */
export const picked = () => ids.map((id) => state.items.get(id)).filter(Boolean);
export const isPicked = (item) => ids.includes(item?.id);

/** Put these images into the tray, in place of those in it. */
export function putInTray(items) {
  const touched = new Set([...picked(), ...items]);
  ids = items.slice(0, MOST).map((item) => item.id);
  try { localStorage.setItem(TRAY, JSON.stringify(ids)); } catch { /* it lasts as long as the page */ }
  repaint([...touched]);
  showTray();
}

/** Pick an image, or put it back. */
export function pickOrPutBack(item) {
  if (item?.state !== "done") return;
  const there = picked();
  if (isPicked(item)) putInTray(there.filter((each) => each !== item));
  else if (there.length === MOST) return notify(say("tray.full", { count: MOST }));
  else putInTray([...there, item]);
  notify(say(isPicked(item) ? "tray.picked" : "tray.putBack", { title: item.title, count: picked().length }));
}

/** Bring a tile's button up to date. */
export function paintPick(button, item) {
  const isIn = isPicked(item);
  button.hidden = item.state !== "done";
  button.ariaPressed = String(isIn);
  button.textContent = isIn ? "✓" : "+";
  button.ariaLabel = button.title = say("tray.pick", { title: item.title });
}

/** The button of the enlarged image. */
export function showPickLarge(item) {
  const button = $("pick-large");
  button.hidden = item?.state !== "done";
  if (button.hidden) return;
  button.ariaPressed = String(isPicked(item));
  button.textContent = say(isPicked(item) ? "tray.isPicked" : "tray.compareThis");
}

/** Show what is in the tray at the foot of the window; over an enlarged image too. */
export function showTray() {
  const there = picked(), tray = $("tray");
  ($("viewer").open ? $("viewer") : document.body).append(tray);
  tray.hidden = !there.length || WITHOUT.includes(state.view) && !$("viewer").open;
  document.body.toggleAttribute("data-tray", !tray.hidden);
  $("tray-count").textContent = there.length < 2 ? say("tray.more") : say("tray.count", { count: there.length });
  $("tray-compare").hidden = there.length < 2;
  $("tray-compare").href = comparing(there.map((item) => item.id));
  tray.querySelector("ul").replaceChildren(...there.map(thumbnail));
}

function thumbnail(item) {
  const name = say("tray.takeAway", { title: item.title });
  const button = make("button", { type: "button", title: name, ariaLabel: name }, make("img", { src: pictureOf(item), alt: "" }));
  button.addEventListener("click", () => {
    pickOrPutBack(item);
    ($("tray").querySelector("ul button") ?? $("tray-empty")).focus();
  });
  return make("li", {}, button);
}

/** Listen to the buttons of tiles, and to the key c on a tile or an enlarged image. */
export function listenToTray() {
  document.addEventListener("click", (event) => {
    const button = event.target.closest(".pick");
    if (button) pickOrPutBack(state.items.get(button.closest(".tile").dataset.id));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "c" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
    const tile = event.target.closest(".tile");
    if (tile) pickOrPutBack(state.items.get(tile.dataset.id));
    else if ($("viewer").open && state.place) pickOrPutBack(find(state.place));
  });
  $("pick-large").addEventListener("click", () => pickOrPutBack(find(state.place)));
  $("tray-empty").addEventListener("click", () => putInTray([]));
  addEventListener("storage", () => { ids = recallTray(); repaint(picked()); showTray(); });
}
