/* How an image is cited: as a sentence, and for BibTeX. */

import { cardOf } from "./cards.js";
import { MEMORY, served } from "./config.js";
import { $, make } from "./dom.js";
import { copy, permalink } from "./exports.js";
import { language, say } from "./language.js";
import { find, state } from "./state.js";
import { changesOf, modelName } from "./words.js";

const AUTHOR = `${MEMORY}-author`;
const PROGRAM = "The Images of Image Machines authors";
const PRIVATE = /^(localhost|.*\.local|0\.0\.0\.0|127\..*|10\..*|192\.168\..*|172\.(1[6-9]|2\d|3[01])\..*|\[.*\])$/;
const TEX = {
  "\\": "\\textbackslash{}", "~": "\\textasciitilde{}", "^": "\\textasciicircum{}", "×": "$\\times$", "“": "``", "”": "''", "„": ",,",
  ...Object.fromEntries([..."&%#_${}"].map((letter) => [letter, `\\${letter}`])),
};

function authorOf() {
  try { return localStorage.getItem(AUTHOR) || PROGRAM; } catch { return PROGRAM; }
}

/** Whether the page lies where others can open it: then its address belongs into a citation. */
export const isPublic = (address = location) => served && !PRIVATE.test(address.hostname);

/** What a citation consists of. */
function partsOf(item, card) {
  const date = item.date ? new Date(item.date) : null;
  return {
    author: authorOf(), title: item.title, model: modelName(item.model), method: item.preset, changes: changesOf(item).map((each) => `, ${each}`).join(""),
    size: item.size, seed: item.seed, id: item.id, version: card?.versions?.["image-machines"] ?? VERSION,
    date: date ? date.toLocaleDateString(language, { dateStyle: "long", timeZone: "UTC" }) : "", day: date ? date.toISOString().slice(0, 10) : "",
    network: card?.fingerprint ? `, ${card.fingerprint.slice(0, 19)}` : "",
    url: isPublic() ? permalink(item) : "",
  };
}

export function citation(item, card) {
  const parts = partsOf(item, card);
  const words = [say("cite.sentence", parts), parts.date && say("cite.made", parts), say("cite.id", parts), parts.url];
  return words.filter(Boolean).join(" ");
}

const escaped = (text) => String(text).replace(/[\\~^×“”„&%#_${}]/g, (letter) => TEX[letter]);

/** The entry for BibTeX; a body's name in braces, so that it is not taken for a person's. */
export function bibtex(item, card) {
  const parts = partsOf(item, card);
  const author = parts.author === PROGRAM ? `{${escaped(PROGRAM)}}` : escaped(parts.author);
  const fields = {
    author, title: `{${escaped(parts.title)}}`, year: parts.day.slice(0, 4), date: parts.day,
    howpublished: escaped(say("cite.kind", parts)), note: escaped(say("cite.note", parts)), url: parts.url,
  };
  const lines = Object.entries(fields).filter(([, value]) => value).map(([name, value]) => `  ${name} = {${value}},`);
  return `@misc{imagemachines-${item.id},\n${lines.join("\n")}\n}`;
}

/** Show the citation of the enlarged image, once its part of the sheet is opened. */
export async function showCitation() {
  const item = find(state.place), box = $("cite");
  if (!box.open || item?.state !== "done") return;
  const card = await cardOf(item);
  if (find(state.place) !== item) return;
  const author = make("input", { id: "cite-author", value: authorOf(), autocomplete: "name" });
  const sentence = make("p", { id: "cite-text" }), entry = make("pre", { id: "cite-bibtex", tabIndex: 0, role: "region", ariaLabel: "BibTeX" });
  const write = () => { sentence.textContent = citation(item, card); entry.textContent = bibtex(item, card); };
  author.addEventListener("input", () => {
    try { localStorage.setItem(AUTHOR, author.value.trim()); } catch { /* it lasts as long as the page */ }
    write();
  });
  write();
  const button = (of, name) => {
    const element = make("button", { type: "button", textContent: say(name) });
    element.addEventListener("click", () => copy(of.textContent, element));
    return element;
  };
  box.querySelector("div").replaceChildren(
    make("div", { className: "field" }, make("label", { htmlFor: "cite-author", textContent: say("cite.author") }), author),
    sentence, button(sentence, "cite.copyText"), entry, button(entry, "cite.copyBibtex"),
    ...(isPublic() ? [] : [make("p", { className: "quiet", textContent: say("cite.noAddress") })]));
}
