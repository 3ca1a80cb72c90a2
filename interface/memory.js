/* The queue that this browser remembers, so that a new start of the service loses nothing. */

import { api } from "./api.js";
import { ALIKE, MEMORY } from "./config.js";
import { pick } from "./dom.js";
import { learn, state, unfinished } from "./state.js";

const QUEUE = `${MEMORY}-queue`;

/** Keep in this browser what was asked for and is not there yet, so that a new start of the service loses nothing. */
export function rememberQueue() {
  const open = [...state.items.values()].filter((item) => unfinished(item) || item.state === "lost").slice(0, 2000);
  const names = [...ALIKE, "id", "settings", "title", "class_name", "size", "image", "created"];
  try { localStorage.setItem(QUEUE, JSON.stringify(open.map((item) => pick(item, names)))); } catch { /* then it is not kept */ }
}

export function readQueue() {
  try { return JSON.parse(localStorage.getItem(QUEUE)) ?? []; } catch { return []; }
}

/** What this browser remembers of a queue that the service no longer knows is lost, and can be asked for again. */
export async function recallQueue() {
  const open = state.queue.filter((item) => item?.id && item.title && state.models.has(item.model) && !state.items.has(item.id));
  state.queue = [];
  for (let from = 0; from < open.length; from += 100) {
    const asked = open.slice(from, from + 100);
    const told = new Map((await api.jobs(asked.map((item) => item.id))).jobs.map((job) => [job.id, job]));
    for (const item of asked) learn(told.get(item.id) ?? { ...item, state: "lost", progress: 0 });
  }
}
