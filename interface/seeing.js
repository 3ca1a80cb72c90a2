/* What a work, or a picture of one's own, excites: the neurons of a layer, where, and the works nearest to it. */

import { ask, Refused } from "./api.js";
import { $, make } from "./dom.js";
import { answerTo, sheet, SOON, wait } from "./explaining.js";
import { enlarge, enlarger, factsOf, frameOf } from "./looking.js";
import { english, number, say } from "./language.js";
import { workTile } from "./shelf.js";
import { complain } from "./trouble.js";
import { fillLook, sentence } from "./verdict.js";

/** The parts of a work's sheet that tell of this: made once, under the verdict and under the title. */
export function prepareSeen() {
  $("why-answer").after(make("div", { id: "why-seen" }));
  $("why-work").after(make("div", { id: "why-facts" }));
  $("why-picture").parentElement.append(enlarger(say("seeing.picture"), () => enlarge(sheet.subject, coverOf())));
}

/** What lies over the picture of the sheet, to lie over the large one too. */
function coverOf() {
  const heat = $("heat");
  if (heat.hidden || !heat.width) return null;
  const copy = make("canvas", { width: heat.width, height: heat.height });
  copy.getContext("2d").drawImage(heat, 0, 0);
  return copy;
}

let asked = 0;

/** Another picture lies on the sheet: what was told of the one before goes, and the catalogue's words come. */
export function clearSeen(subject) {
  const box = $("why-seen");
  if (box.subject === subject) return;
  box.subject = subject;
  box.replaceChildren();
  tellFacts(subject).catch(complain);
}

/** Tell what a picture excites in a network, the first where none is named; whether there was an answer. */
export async function showSeen(subject, model, layer) {
  const mine = ++asked, box = $("why-seen"), isWanted = () => mine === asked && sheet.subject === subject;
  const words = { ...(model && { model }), ...(layer && { layer }) };
  try {
    if (!subject.file) {
      const look = await answerTo("/looks", words, "look", subject.blob);
      if (look && isWanted()) fill(box, look, subject, model, true);
      return true;
    }
    for (let ready = false; !ready;) {
      const look = await ask(`/looks?${new URLSearchParams({ work: subject.file, ...words })}`);
      if (!isWanted()) return true;
      ({ ready } = look);
      fill(box, look, subject, model, ready);
      if (!ready) await wait(SOON * 2);
    }
    return true;
  } catch (error) {
    if (!(error instanceof Refused)) complain(error);
    else if (isWanted() && subject.file) box.replaceChildren(make("p", { className: "quiet" }, english(sentence(error.message))));  // of one's own picture the verdict says it
    return false;
  }
}

/** What the catalogue says, beside the picture. */
async function tellFacts(subject) {
  $("why-facts").replaceChildren();
  const work = subject.file && (await ask(`/work?${new URLSearchParams({ file: subject.file })}`));
  if (sheet.subject !== subject) return;
  const place = work && make("a", { href: `#${new URLSearchParams({ view: "map", work: work.file })}`, textContent: say("seeing.onMap") });
  if (work) $("why-facts").replaceChildren(factsOf(work), make("p", {}, place));
}

function fill(box, look, subject, model, ready) {
  const held = document.activeElement?.id;
  box.replaceChildren(
    make("section", {}, make("h3", { textContent: say("seeing.excites") }), layers(look, subject, model), excited(look, subject)),
    make("section", {}, make("h3", { textContent: say("seeing.nearest") }),
      make("p", { className: "quiet", textContent: say("seeing.likened", { layer: look.likened }) }),
      make("ul", { className: "shelf", role: "list" }, ...look.nearest.map((work) => near(work, ready, look.model)))));
  if (held === "seen-layer") $("seen-layer").focus();
}

/** A near work; its tile on the shelf may be there as well, and alone has the id. */
function near(work, ready, model) {
  const tile = workTile(work, ready, model);
  tile.firstElementChild.removeAttribute("id");
  return tile;
}

/** The choice of a layer, from late to early. */
function layers(look, subject, model) {
  const select = make("select", { id: "seen-layer" }, ...look.layers.map((name) => make("option", { value: name, textContent: name })));
  if (!look.layers.includes(look.layer)) select.prepend(make("option", { value: look.layer, textContent: look.layer }));
  select.value = look.layer;
  select.addEventListener("change", () => showSeen(subject, model, select.value));
  return make("div", { className: "field" }, make("label", { htmlFor: "seen-layer", textContent: say("seeing.layer") }), select);
}

/** The neurons: the image of each, how far it is excited, and the part that fired. */
function excited(look, subject) {
  if (!look.neurons.length) return make("p", { textContent: say("seeing.none") });
  return make("ol", { className: "excited", role: "list" }, ...look.neurons.map((each) => {
    const place = { model: look.model, layer: look.layer, neuron: each.neuron };
    const name = each.class_name ?? say("seeing.neuron", place), image = make("div", { className: "look" });
    fillLook(image, place);
    const less = look.pictures - each.rank + (subject.file ? 0 : 1);
    const rank = each.rank === 1 ? say("seeing.first", { count: look.pictures }) : say("seeing.rank", { less: number(less), count: look.pictures });
    const link = make("a", { href: `#${new URLSearchParams({ view: "gallery", ...place })}`, textContent: name });
    const part = make("button", { type: "button", textContent: say("seeing.where") });
    part.append(make("span", { className: "away-from-sight", textContent: ` (${name})` }));
    part.addEventListener("click", () => enlarge(subject, frameOf(each.box)));
    return make("li", {}, image, make("div", {}, make("h4", {}, link), make("p", { textContent: rank }),
      make("p", { className: "quiet", textContent: say("seeing.beyond", { times: number(each.beyond, { maximumFractionDigits: 1 }) }) }), part));
  }));
}
