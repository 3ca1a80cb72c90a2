/* The map of the collection: a page of its own, shown within this one; the service makes it where there is none. */

import { address, Refused } from "./api.js";
import { query } from "./config.js";
import { $, make } from "./dom.js";
import { answerTo } from "./explaining.js";
import { english, say } from "./language.js";
import { state } from "./state.js";
import { complain } from "./trouble.js";
import { sentence } from "./verdict.js";

const MAP = "map/index.html";  // beside a page without a service
let asked = 0;

/** The view: a word on how far the map is, and the map. */
export function prepareMap() {
  const said = make("p", { id: "map-state", className: "quiet", role: "status" });
  $("works-view").after(make("section", { id: "map-view", ariaLabel: say("mapping.label"), hidden: true }, said));
}

/** The address in the bar says whether the map is seen, and which work on it. */
export function routeMap(words) {
  $("map-view").hidden = state.view !== "map" || state.loading;
  if ($("map-view").hidden) return;
  showMap(words.get("work"), words.get("model")).catch(complain);
}

/** Show the map, with a work on it where one is named. */
async function showMap(file, model) {
  const mine = ++asked, said = $("map-state");
  const path = await (state.live ? mapOf(model, mine, said) : mapOnDisk());
  if (mine !== asked) return;
  if (!path) { if (!state.live) said.textContent = say("mapping.unserved"); return; }
  said.textContent = "";
  const url = address(path) + (file ? `#${new URLSearchParams({ file })}` : "");
  if (query.has("api")) return said.replaceChildren(make("a", { href: url, target: "_blank", textContent: say("mapping.open") }));
  const frame = $("map-frame") ?? make("iframe", { id: "map-frame", title: say("mapping.label") });
  if (frame.dataset.url !== url) frame.src = frame.dataset.url = url;
  if (!frame.isConnected) $("map-view").append(frame);
}

/** The path of the map, once it is made; nothing where that cannot be, which is said. */
async function mapOf(model, mine, said) {
  const isSeen = () => mine === asked && state.view === "map";
  const told = ({ note, position }) => said.replaceChildren(note ? english(`${note}.`) : position ? say("mapping.waits", { count: position }) : say("mapping.made"));
  try {
    return (await answerTo("/map", model ? { model } : {}, "map", undefined, told, isSeen))?.path;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    if (isSeen()) said.replaceChildren(english(sentence(error.message)));
    return null;
  }
}

/** Whether a map lies beside a page without a service: what it shows is a script. */
function mapOnDisk() {
  return new Promise((resolve) => {
    const script = make("script", { src: address("map/map.js") });
    script.onload = () => resolve(MAP);
    script.onerror = () => resolve(null);
    document.head.append(script);
  });
}
