/* The opening: what these images are, and a tour in three steps on images that are there. */

import { address, api } from "./api.js";
import { MEMORY } from "./config.js";
import { $, make, notify } from "./dom.js";
import { english, say, sayWith } from "./language.js";
import { link } from "./route.js";
import { empty, layerOf, state, unfinished } from "./state.js";
import { controlOf } from "./words.js";
import { isPainted, readyWorks } from "./works.js";

const CLOSED = `${MEMORY}-opening`;
const PAPER = "https://doi.org/10.1007/978-3-030-11012-3_54";
const WORKS = 4;

let isClosed = false, told = "";

function wasClosed() {
  try { return localStorage.getItem(CLOSED) === "closed"; } catch { return isClosed; }
}

export function listenToOpening() {
  const paper = make("a", { href: PAPER, target: "_blank", rel: "noopener" }, make("cite", { lang: "en", textContent: "Images of Image Machines. Visual Interpretability in Computer Vision for Art" }));
  $("opening-origin").replaceChildren(...sayWith("opening.origin", { paper }));
  $("opening-close").addEventListener("click", closeOpening);
}

function closeOpening() {
  isClosed = true;
  try { localStorage.setItem(CLOSED, "closed"); } catch { /* it is closed as long as the page is open */ }
  showOpening();
  notify(say("opening.closed"));
  $("to-about").focus();
}

/** Over the gallery until it is closed, and whenever it is asked for. */
export function showOpening() {
  const isAsked = state.view === "about";
  const isOver = state.view === "gallery" && !state.search && !wasClosed();
  $("opening").hidden = !(isAsked || isOver);
  const main = document.querySelector("main");
  if (isAsked && !main.contains($("opening"))) main.prepend($("opening"));  // then it is what the page is about
  if (!isAsked && main.contains($("opening"))) document.querySelector(".room").before($("opening"));
  $("opening-close").hidden = isAsked;
  $("opening-experiment").hidden = !state.live;  // its questions are drawn from what the service measured
  if (!$("opening").hidden) showTour();
}

const wanted = (item) => !controlOf(item.model) && !unfinished(item) && !empty(item);

/** The best of what is there for a step: the one that was chosen for it, else one that was checked, else the largest. */
function best(items, chosen) {
  const worth = (item) => 1e9 * (item.id === chosen) + 1e6 * Boolean(item.check ?? item.jury) + item.size - item.seed / 1e10;
  return items.reduce((first, item) => (first && worth(first) >= worth(item) ? first : item), undefined);
}

/** The three steps; again only when there is more to show. */
function showTour() {
  const done = [...state.items.values()].filter(wanted), examples = window.OPENING ?? {};
  const isClass = (item) => Boolean(item.class_name);
  const ofClass = best(done.filter(isClass), examples.class);
  const ofNeuron = best(done.filter((item) => !isClass(item)), examples.neuron);
  const now = [ofClass?.id, ofNeuron?.id, state.live, state.loading].join();
  if (told === now) return;
  told = now;
  $("tour").replaceChildren(
    step("class", ofClass && picture(ofClass), { name: ofClass?.class_name ?? "" }),
    step("neuron", ofNeuron && picture(ofNeuron), { name: ofNeuron?.title ?? "" }),
    step("works", null, {}));
  if (ofNeuron) showExamples($("tour").lastElementChild, ofNeuron, examples).catch(() => {});
}

/** A step: what is seen, and a sentence or two. Without a picture it says how one comes. */
function step(kind, seen, values) {
  const text = seen || kind === "works" ? say(`opening.${kind}`, values) : state.loading ? "" : say("opening.missing");
  return make("li", {}, seen ?? make("span", { className: "frame" }), make("div", {}, make("h3", { textContent: say(`opening.${kind}Title`) }), make("p", { textContent: text })));
}

function picture(item) {
  const image = make("img", { src: address(item.image, item.version), alt: item.title, decoding: "async" });
  return make("a", { className: "frame", href: link(item, "gallery") }, image);
}

/** The works beside the neuron: those that the service measured, or those that were put beside the images. */
async function showExamples(place, item, { neuron, works = [] }) {
  const measured = state.live ? await readyWorks(item, WORKS) : neuron === item.id ? works : [];
  if (!measured.length || !place.isConnected) return;
  place.firstElementChild.replaceWith(make("a", { className: "frame several", href: link(item, "gallery") }, ...measured.map((work) =>
    make("img", { src: address(work.crop), alt: [work.title, !isPainted(work) && work.artist].filter(Boolean).join(", ") }))));
  const owned = Map.groupBy(measured.filter((work) => work.rights), ({ rights }) => rights);
  const named = ({ artist, title }) => [artist, title].filter(Boolean).join(", ");
  const credits = [...owned].map(([rights, own]) => `${own.map(named).join("; ")}. ${rights}.`);
  if (credits.length) place.lastElementChild.append(make("p", { className: "quiet" }, english(credits.join(" "))));
}
