/* What is said when something goes wrong. */

import { Away, Locked, Refused } from "./api.js";
import { $, notify } from "./dom.js";
import { state } from "./state.js";

const AWAY = "The service does not answer. What is finished stays here to look at; the page goes on asking.";
const LOCKED = "The service does not take this page’s token. Open the address that it printed when it started; it ends in ?token=…";

export function complain(error) {
  if (error instanceof Refused) notify(error.message);
  else if (error instanceof Away) tellAway(AWAY);
  else if (error instanceof Locked) tellAway(LOCKED);
  else { notify("Something went wrong in this page; reloading it may help."); console.error(error); }
}

/** Tell why the service does not answer, where it is seen: over the room, or over the enlarged image. */
export function tellAway(away = state.away) {
  state.away = away;
  if (away) $("away").querySelector("span").textContent = away;
  document.querySelector($("viewer").open ? ".bar" : ".top").after($("away"));
  $("away").hidden = !away;
}
