/* A page for a talk: one file that holds its pictures, a screen for each image, with the works that excite its neuron. */

import { address, api } from "./api.js";
import { notify } from "./dom.js";
import { saveFile } from "./exports.js";
import { language, say } from "./language.js";
import { state } from "./state.js";
import { altText, methodName, modelName, shortName } from "./words.js";
import { readyWorks } from "./works.js";

const WORKS = 4;  // beside an image
const STYLE = `
html { scroll-snap-type: y proximity; background: #131313; color: #ececec; }
body { margin: 0; font: 1.1rem/1.5 "Helvetica Neue", Arial, sans-serif; }
.screen { min-height: 100vh; box-sizing: border-box; padding: 4vh 4vw; scroll-snap-align: start; break-after: page; }
h1, h2 { font: 400 2.2rem/1.2 Palatino, Georgia, serif; margin: 0 0 1rem; } h2 { font-size: 1.3rem; margin: .6rem 0 .3rem; }
figure { margin: 0; min-width: 0; } img { display: block; max-width: 100%; }
.one { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 4vw; align-items: center; }
.one > img { width: 100%; max-height: 92vh; object-fit: contain; }
.all { display: grid; gap: 2vw; } .all img { width: 100%; aspect-ratio: 1; object-fit: contain; }
.works { list-style: none; margin: 1.5rem 0 0; padding: 0; display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: .8rem; font-size: .8rem; line-height: 1.35; }
.all .works { grid-template-columns: repeat(2, minmax(0, 1fr)); } .works img { width: 100%; aspect-ratio: 1; object-fit: contain; background: #202020; margin-bottom: .3rem; }
p { margin: 0 0 .6rem; white-space: pre-wrap; } small, .works span { color: #ababab; } cite, .works span { display: block; }
@media (max-width: 50rem) { .one, .all { grid-template-columns: minmax(0, 1fr) !important; } }
@media print { html { background: #fff; color: #000; } small, .works span { color: #444; } .screen { min-height: 0; } .one > img { max-height: 16cm; } .works img { background: none; } }`;

class Unread extends Error {}  // a picture that a page from disk may not read

function inline(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
}

async function pictureIn(path, version) {
  const blob = state.pictures.get(path) ?? (await api.picture(address(path, version)).catch(() => null));
  if (!blob) throw new Unread();
  return inline(blob);
}

const paper = document.implementation.createHTMLDocument("");  // whose pictures are not loaded

/** An element of the page that is written. */
function part(tag, properties = {}, ...children) {
  const element = Object.assign(paper.createElement(tag), properties);
  element.append(...children);
  return element;
}

async function workIn(work) {
  const picture = await pictureIn(work.crop).catch(() => null);
  const name = work.title ?? work.file.split("/").at(-1);
  return part("li", {}, ...(picture ? [part("img", { src: picture, alt: "" })] : []), work.artist ?? "", part("cite", { textContent: name }),
    part("span", { textContent: [work.painted ? say("works.painted") : work.date, work.class].filter(Boolean).join(" · ") }));
}

const made = (item) => [modelName(item.model), `${item.size} px`, methodName(item.preset), say("words.seed", item), item.date?.slice(0, 10)].filter(Boolean).join(" · ");

/** What is told of each image: its picture, and its works. */
async function told(item) {
  const [picture, works] = [await pictureIn(item.image, item.version), state.live ? await readyWorks(item, WORKS) : []];
  const list = async () => part("ol", { className: "works", ariaLabel: say("talk.works") }, ...(await Promise.all(works.map(workIn))));
  return { item, image: () => part("img", { src: picture, alt: altText(item) }), works: works.length ? list : null };
}

async function screenOfOne({ item, image, works }) {
  const note = state.kept[item.id]?.note;
  const words = [part("h1", { textContent: item.title }), ...(note ? [part("p", { textContent: note })] : []), part("small", { textContent: made(item) })];
  return part("figure", { className: "screen one" }, image(), part("figcaption", {}, ...words, ...(works ? [await works()] : [])));
}

async function screenOfAll(title, all) {
  const figures = all.map(async ({ item, image, works }) => part("figure", {}, image(),
    part("figcaption", {}, part("h2", { textContent: shortName(item) }), part("small", { textContent: made(item) }), ...(works ? [await works()] : []))));
  const grid = part("div", { className: "all" }, ...(await Promise.all(figures)));
  grid.style.gridTemplateColumns = `repeat(${Math.min(all.length, 4)}, minmax(0, 1fr))`;
  return part("section", { className: "screen" }, part("h1", { textContent: title }), grid);
}

/** Save a page with a screen for each image; before them one for all, where they are compared. */
export async function saveTalk(title, items, isComparison = false) {
  try {
    notify(say("talk.begun"));
    const all = [];
    for (const item of items) all.push(await told(item));
    const screens = isComparison ? [await screenOfAll(title, all)] : [];
    for (const each of all) screens.push(await screenOfOne(each));
    const page = document.implementation.createHTMLDocument(title);
    page.documentElement.lang = language;
    page.head.prepend(part("meta"));
    page.head.firstElementChild.setAttribute("charset", "utf-8");
    page.head.append(part("style", { textContent: STYLE }));
    page.body.append(...screens);
    saveFile(isComparison ? "comparison.html" : "favourites.html", "text/html", `<!doctype html>\n${page.documentElement.outerHTML}`);
    notify(say("talk.saved", { count: items.length }));
  } catch (error) {
    if (!(error instanceof Unread)) throw error;
    askForFolder();
  }
}

/** A page opened from disk may not read its pictures by itself. */
function askForFolder() {
  for (const label of document.querySelectorAll(".folder")) label.hidden = false;
  notify(say("talk.unread"));
}
