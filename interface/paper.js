/* The light room and the dark one, and the page on paper. */

import { MEMORY, PACE, PAPER } from "./config.js";
import { $, loading, notify } from "./dom.js";
import { say } from "./language.js";
import { arrange } from "./room.js";
import { state } from "./state.js";

const ROOM = `${MEMORY}-room`;
export const systemLight = matchMedia("(prefers-color-scheme: light)");

/** The room that a person chose in this browser, "" for the system's. */
function chosenRoom() {
  try { return localStorage.getItem(ROOM) ?? ""; } catch { return state.room; }
}

const isLight = (room) => (room ? room === "light" : systemLight.matches);

/** Show the chosen room; a light one for paper. */
export function showRoom() {
  const room = document.body.hasAttribute("data-printing") ? "light" : chosenRoom();
  if (room) document.documentElement.dataset.room = room; else delete document.documentElement.dataset.room;
  $("light").ariaPressed = String(isLight(room));
}

/** Change the room and remember it; the system's own choice needs no memory. */
export function changeRoom() {
  const light = !isLight(document.documentElement.dataset.room);
  const room = light === systemLight.matches ? "" : light ? "light" : "dark";
  state.room = room;
  try { localStorage.setItem(ROOM, room); } catch { /* it lasts as long as the page */ }
  showRoom();
}

/** On paper the room is light, and an enlarged image lies among the pages: what lies over them has one page only. */
export function preparePaper(begins) {
  document.body.toggleAttribute("data-printing", begins);
  showRoom();
  const viewer = $("viewer");
  if (viewer.open) { viewer.close(); if (begins) viewer.show(); else viewer.showModal(); }
  arrange();
  if (!begins) state.paper = false;
}

/** Print all of the view, once its pictures have come; the browser's own menu prints those in sight. */
export async function printAll() {
  state.paper = state.list.length > 0 && state.list.length <= PAPER;
  if (!$("viewer").open && state.paper) {
    notify(say("page.printing", { count: state.list.length }));
    preparePaper(true);
    await Promise.race([Promise.all(loading), new Promise((resolve) => setTimeout(resolve, PACE.patience))]);
    notify("");
  }
  print();
}
