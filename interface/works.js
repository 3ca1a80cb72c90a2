/* The works that excite a neuron. */

import { address, api } from "./api.js";
import { need } from "./asking.js";
import { $, clone, make } from "./dom.js";
import { wait } from "./explaining.js";
import { english, say } from "./language.js";
import { enlarge, enlarger, frameOf } from "./looking.js";
import { layerOf, samePlace, state } from "./state.js";

export async function showWorks(place) {
  const [list, text] = [$("works").querySelector("ol"), $("works-state")];
  list.replaceChildren();
  text.textContent = "";
  $("works").hidden = !state.live;
  if (!state.live) return;
  const layer = layerOf(place) ?? (await need(place.model).then(() => layerOf(place)).catch(() => null));
  if (!layer?.responses) { text.textContent = say("works.unseen"); return; }
  for (let ready = false; !ready && samePlace(place);) {
    const answer = await api.works(place).catch((error) => ({ ready: true, works: [], problem: error.message }));
    if (!samePlace(place)) return;
    ready = answer.ready;
    const told = () => `${say("works.of", { count: answer.pictures })} ${say(ready ? "works.leftRight" : "works.preparing")}`;
    text.replaceChildren(answer.problem ? english(answer.problem) : told());
    if (ready || list.children.length !== answer.works.length) list.replaceChildren(...answer.works.map((work) => workCard(work, ready)));
    if (!ready) await new Promise((resolve) => setTimeout(resolve, 800));
  }
}

/** The works that excite an image's neuron most, once their pictures are ready; none where they do not come in time. */
export async function readyWorks(item, most, patience = 20) {
  if (layerOf(item) && !layerOf(item).responses) return [];
  for (; patience; patience--) {
    const { ready, works } = await api.works(item).catch(() => ({ ready: true, works: [] }));
    if (ready) return works.slice(0, most);
    await wait(1000);
  }
  return [];
}

/** Whether the program painted a work: as the service says; of older runs, by workshops and file names of its collection. */
export const isPainted = (work) => work.painted ||
  (/^(workshop of the|werkstatt zum|atelier de la) /i.test(work.artist ?? "") && /[a-z]{5}\d{3,4}\.(html|jpg)$/.test(work.url ?? work.file));

/** Show a picture of a work; one that cannot be had is said so, never shown broken. */
function showPicture(image, path, alt) {
  image.onerror = () => image.replaceWith(make("span", { className: "quiet", textContent: say("works.notShown") }));
  Object.assign(image, { alt, src: address(path) });
}

/** A work, and the part of it that excites the neuron; its pictures once they are ready. */
export function workCard(work, ready) {
  const card = clone("work");
  const [crop, whole] = card.querySelectorAll("img");
  const painted = isPainted(work);
  const name = work.title ?? work.file.split("/").at(-1);
  const part = painted ? "works.partPainted" : work.artist ? "works.partBy" : "works.part";
  if (ready) {
    showPicture(crop, work.crop, say(part, { name, artist: work.artist }));
    showPicture(whole, work.picture, "");
    if (state.explains && work.file) card.querySelector(".pictures").append(enlarger(name, () => enlarge(work, frameOf(work.box))));
  }
  const box = Object.entries(work.box).map(([side, share]) => `${side}:${share * 100}%`);
  card.querySelector("i").style.cssText = box.join(";");
  card.querySelector(".artist").textContent = work.artist ?? "";
  card.querySelector("p .quiet").textContent = [painted ? say("works.painted") : work.date, work.class].filter(Boolean).join(" · ");
  const title = card.querySelector("cite");
  const isWeb = !painted && /^https?:/.test(work.url ?? "");
  if (state.explains && work.file) card.querySelector("p").append(make("a", { className: "why quiet", href: `#/${new URLSearchParams({ view: "works", work: work.file })}`, textContent: say("works.why"), ariaLabel: say("works.whyOf", { name }) }));
  title.append(isWeb ? make("a", { href: work.url, target: "_blank", rel: "noopener", textContent: name }) : name);
  return card;
}
