/* The works that excite a neuron. */

import { address, api } from "./api.js";
import { need } from "./asking.js";
import { $, clone, count, make } from "./dom.js";
import { layerOf, samePlace, state } from "./state.js";

export async function showWorks(place) {
  const [list, text] = [$("works").querySelector("ol"), $("works-state")];
  list.replaceChildren();
  text.textContent = "";
  $("works").hidden = !state.live;
  if (!state.live) return;
  const layer = layerOf(place) ?? (await need(place.model).then(() => layerOf(place)).catch(() => null));
  if (!layer?.responses) { text.textContent = "The collection has not been shown to this layer yet."; return; }
  for (let ready = false; !ready && samePlace(place);) {
    const answer = await api.works(place).catch((error) => ({ ready: true, works: [], problem: error.message }));
    if (!samePlace(place)) return;
    ready = answer.ready;
    const told = ready ? "Left, the part that fired; right, the whole." : "Their pictures are being made ready.";
    text.textContent = answer.problem ?? `Of ${count(answer.pictures, "picture")}. ${told}`;
    if (ready || list.children.length !== answer.works.length) list.replaceChildren(...answer.works.map((work) => workCard(work, ready)));
    if (!ready) await new Promise((resolve) => setTimeout(resolve, 800));
  }
}

/** Whether the program painted a work: as the service says; of older runs, by workshops and file names of its collection. */
const isPainted = (work) => work.painted ||
  (/^(workshop of the|werkstatt zum|atelier de la) /i.test(work.artist ?? "") && /[a-z]{5}\d{3,4}\.(html|jpg)$/.test(work.url ?? work.file));

/** Show a picture of a work; one that cannot be had is said so, never shown broken. */
function showPicture(image, path, alt) {
  image.onerror = () => image.replaceWith(make("span", { className: "quiet", textContent: "This picture cannot be shown." }));
  Object.assign(image, { alt, src: address(path) });
}

/** A work, and the part of it that excites the neuron; its pictures once they are ready. */
export function workCard(work, ready) {
  const card = clone("work");
  const [crop, whole] = card.querySelectorAll("img");
  const painted = isPainted(work);
  const name = work.title ?? work.file.split("/").at(-1);
  const by = painted ? ", painted by the program," : work.artist ? `, by ${work.artist},` : "";
  if (ready) {
    showPicture(crop, work.crop, `The part of ${name}${by} that excites the neuron`);
    showPicture(whole, work.picture, "");
  }
  const box = Object.entries(work.box).map(([side, share]) => `${side}:${share * 100}%`);
  card.querySelector("i").style.cssText = box.join(";");
  card.querySelector(".artist").textContent = work.artist ?? "";
  card.querySelector("p .quiet").textContent = [painted ? "painted by the program" : work.date, work.class].filter(Boolean).join(" · ");
  const title = card.querySelector("cite");
  const isWeb = !painted && /^https?:/.test(work.url ?? "");
  if (state.explains && work.file) card.querySelector("p").append(make("a", { className: "why quiet", href: `#/${new URLSearchParams({ view: "works", work: work.file })}`, textContent: "Why?", ariaLabel: `Why the network says what it says of ${name}` }));
  title.append(isWeb ? make("a", { href: work.url, target: "_blank", rel: "noopener", textContent: name }) : name);
  return card;
}
