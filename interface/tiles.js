/* One image as a tile: its picture, caption, state, buttons. */

import { address } from "./api.js";
import { blank, make, swap } from "./dom.js";
import { say } from "./language.js";
import { link } from "./route.js";
import { empty, find, state, unfinished } from "./state.js";
import { paintPick } from "./tray.js";
import { showProgress } from "./viewer.js";
import { altText, captionOf, stateText } from "./words.js";

export function pictureOf(item) {
  const hidden = empty(item) || (item.state === "queued" && !item.progress);
  return hidden ? null : address(item.image, item.version);
}

/** Write the lines of a caption. */
function writeCaption(caption, [first, ...others], isStarred) {
  const text = [first, ...others].join("\n");
  if (caption.title !== text) caption.replaceChildren(make("b", { textContent: first }), ...others.map((line) => make("span", { textContent: line })));
  caption.title = text;
  caption.children[1]?.classList.toggle("star", isStarred);
}

/** Bring a tile up to date with its item. */
export function paint(tile, item, caption) {
  const [open, cancel, again, pick] = tile.children;
  const [image, progress] = open.querySelectorAll("img, progress");
  const text = stateText(item);
  tile.dataset.id = item.id;
  tile.dataset.state = item.state;
  open.href = link(item);
  image.alt = altText(item);
  swap(image, pictureOf(item));
  if (!pictureOf(item)) blank(image);
  const words = open.querySelector(".state");
  words.textContent = text;
  words.hidden = !text;
  progress.hidden = cancel.hidden = !unfinished(item);
  progress.value = item.progress;
  progress.ariaLabel = say("tiles.progress", item);
  cancel.ariaLabel = say("tiles.cancel", item);
  again.hidden = !empty(item) || !state.live;
  again.ariaLabel = say("tiles.again", item);
  paintPick(pick, item);
  if (caption) tile.caption = caption;
  writeCaption(open.querySelector(".caption"), tile.caption ?? captionOf(item), Boolean(state.kept[item.id]));
  return tile;
}

/** Bring everything that shows these items up to date. */
export function repaint(items) {
  for (const item of items) {
    for (const tile of document.querySelectorAll(`.tile[data-id="${CSS.escape(item.id)}"]`)) paint(tile, item);
    if (state.place && find(state.place) === item) showProgress(item);
  }
}
