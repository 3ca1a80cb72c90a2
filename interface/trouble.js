/* What is said when something goes wrong. */

import { Away, Locked, Refused } from "./api.js";
import { $, notify } from "./dom.js";
import { say } from "./language.js";
import { state } from "./state.js";

export function complain(error) {
  if (error instanceof Refused) notify(error.message);
  else if (error instanceof Away) tellAway(say("trouble.away"));
  else if (error instanceof Locked) tellAway(say("trouble.locked"));
  else { notify(say("trouble.broken")); console.error(error); }
}

/** Tell why the service does not answer, where it is seen: over the room, or over the enlarged image. */
export function tellAway(away = state.away) {
  state.away = away;
  if (away) $("away").querySelector("span").textContent = away;
  document.querySelector($("viewer").open ? ".bar" : ".top").after($("away"));
  $("away").hidden = !away;
}
