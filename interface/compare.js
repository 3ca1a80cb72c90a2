/* Images beside each other: what they share, what differs, and the works that excite their neurons. */

import { api, Refused } from "./api.js";
import { cardOf, differences } from "./cards.js";
import { ALIKE } from "./config.js";
import { $, make, notify } from "./dom.js";
import { copy, permalinkOf } from "./exports.js";
import { wait, SOON } from "./explaining.js";
import { keepComparison, keptAs, showComparisons } from "./kept.js";
import { english, language, number, say } from "./language.js";
import { printAll } from "./paper.js";
import { link } from "./route.js";
import { isServed, state } from "./state.js";
import { saveTalk } from "./talk.js";
import { pictureOf } from "./tiles.js";
import { putInTray, showTray } from "./tray.js";
import { complain } from "./trouble.js";
import { altText, changesOf, methodName, modelName, shortName } from "./words.js";
import { workCard } from "./works.js";

const FEW = 4, SOME = 6, MANY = 9;  // works under each image, of two, or of the one neuron that all show
const SETTINGS = {  // what is set, by its name in the table of sentences
  model: (item) => modelName(item.model),
  layer: (item) => item.layer,
  neuron: (item) => item.class_name ?? String(item.neuron),
  method: (item) => methodName(item.preset),
  changes: (item) => changesOf(item).join(", "),
  size: (item) => `${item.size} px`,
  seed: (item) => String(item.seed),
};
const ofNeuron = (item) => [item.model, item.layer, item.neuron].join("|");
const namesOf = (items) => Object.keys(SETTINGS).filter((name) => items.some(SETTINGS[name]));
const differs = (items, valueOf) => new Set(items.map(valueOf)).size > 1;

/** The address that shows these images beside each other, and nothing else. */
export const comparing = (ids) => `#${new URLSearchParams({ view: "compare", images: ids.join() })}`;

/** The address in the bar says which images are compared. */
export function routeComparison(words) {
  showComparisons();
  const view = $("compare-view"), isHere = state.view === "compare";
  view.hidden = !isHere;
  showTray();
  if (!isHere) { view.dataset.of = ""; return; }
  state.compared = [...new Set(words.get("images")?.split(",").filter(Boolean))];
  const items = state.compared.map((id) => state.items.get(id)).filter(Boolean);
  if (state.loading && items.length < state.compared.length) return;
  const key = items.map((item) => [item.id, state.kept[item.id]?.note]).join();
  if (view.dataset.of === key && view.querySelector("h2")) return;
  view.dataset.of = key;
  show(items);
}

/** What is the same and what is not, in a sentence or two; the names of both. */
function shared(items) {
  const list = new Intl.ListFormat(language, { type: "conjunction" });
  const { true: unlike = [], false: alike = [] } = Object.groupBy(namesOf(items), (name) => differs(items, SETTINGS[name]));
  const words = (all) => list.format(all.map((name) => say(`compare.${name}`)));
  return [unlike.length && say("compare.differ", { names: words(unlike) }), alike.length && say("compare.same", { names: words(alike) })].filter(Boolean).join(" ");
}

export const titleOfComparison = (items) => keptAs(items.map((item) => item.id))?.title || [...new Set(items.map(shortName))].join(", ");

function show(items) {
  const view = $("compare-view");
  const isOne = items.length > 0 && !differs(items, ofNeuron);
  const columns = items.map((item) => column(item, items));
  const missing = state.compared.length - items.length;
  view.replaceChildren(
    make("h2", { id: "compare-title", tabIndex: -1, textContent: items.length ? titleOfComparison(items) : say("compare.none") }),
    make("p", { className: "lead", textContent: items.length > 1 ? shared(items) : say("compare.few") }),
    ...(missing ? [make("p", { textContent: say("counts.missing", { count: missing }) })] : []),
    ...(items.length ? [actions(items)] : []),
    make("ol", { className: "columns", role: "list" }, ...columns.map(({ element }) => element)));
  const sizes = { columns: Math.min(items.length, 4) || 1, rows: namesOf(items).length + 2 };
  for (const [name, size] of Object.entries(sizes)) view.querySelector(".columns").style.setProperty(`--${name}`, size);
  if (!document.querySelector("dialog[open]")) { scrollTo(0, 0); $("compare-title").focus({ preventScroll: true }); }
  if (isOne && state.live) view.append(worksSection(items[0], "compare.worksOfAll", MANY));
  else if (state.live) columns.forEach(({ element, item }) => element.append(worksSection(item, "compare.works", items.length > 2 ? FEW : SOME)));
  if (!state.live && items.length) view.append(make("p", { className: "quiet", textContent: say("compare.worksNeed") }));
  tellDifferences(items, view).catch(complain);
}

function actions(items) {
  const ids = items.map((item) => item.id);
  const button = (name, act) => {
    const element = make("button", { type: "button", textContent: say(`compare.${name}`) });
    element.addEventListener("click", () => act(element));
    return element;
  };
  const title = make("input", { id: "comparison", autocomplete: "off", value: keptAs(ids)?.title ?? "", placeholder: say("compare.title") });
  const keep = make("form", { className: "keep" }, make("label", { htmlFor: "comparison", className: "away-from-sight", textContent: say("compare.title") }), title,
    make("button", { textContent: say("compare.keep") }));
  keep.addEventListener("submit", (event) => {
    event.preventDefault();
    keepComparison(title.value.trim(), ids);
    $("compare-title").textContent = titleOfComparison(items);
    notify(say("compare.kept"));
  });
  return make("div", { className: "actions" },
    button("link", (element) => copy(permalinkOf(comparing(ids)), element)),
    button("print", printAll),
    button("talk", () => saveTalk(titleOfComparison(items), items, true).catch(complain)),
    button("change", () => { putInTray(items); location.hash = "view=gallery"; }),
    keep, document.querySelector("#exports .folder").cloneNode(true), make("span", { role: "status", className: "notice quiet" }));
}

/** One image of the comparison, with its settings. */
function column(item, items) {
  const others = items.filter((each) => each !== item).map((each) => each.id);
  const name = item.title;
  const picture = make("a", { className: "picture", href: link(item), ariaLabel: say("compare.open", { title: name }) }, make("img", { src: pictureOf(item) ?? "", alt: altText(item) }));
  const away = make("a", { className: "away quiet", href: comparing(others), textContent: say("compare.takeAway"), ariaLabel: say("tray.takeAway", { title: name }) });
  const note = state.kept[item.id]?.note;
  const element = make("li", {}, picture,
    make("div", { className: "head" }, make("h3", { textContent: name }), ...(items.length > 2 ? [away] : [])),
    settings(item, items),
    make("p", { className: "note", textContent: note ?? "" }));
  return { element, item };
}

/** How an image was made; what differs from the others in bold. */
function settings(item, items) {
  const rows = namesOf(items).map((name) => {
    const value = SETTINGS[name](item) || say("compare.unchanged");
    return [name, differs(items, SETTINGS[name]) ? make("strong", { textContent: value }) : value];
  });
  rows.push(["activation", item.activation == null ? "–" : number(item.activation, { maximumSignificantDigits: 3 })]);
  rows.push(["date", item.date ? new Date(item.date).toLocaleDateString(language, { dateStyle: "medium" }) : "–"]);
  return make("dl", {}, ...rows.flatMap(([name, value]) => [make("dt", { textContent: say(`compare.${name}`) }), make("dd", {}, value)]));
}

/** The works that excite an image's neuron, once their pictures are ready. */
function worksSection(item, title, most) {
  const list = make("ol", { className: "works", role: "list" });
  const told = make("p", { className: "quiet" });
  const section = make("section", {}, make("h4", { textContent: say(title) }), told, list);
  queueMicrotask(() => fillWorks(item, most, list, told).catch((error) => {
    if (error instanceof Refused) told.replaceChildren(english(error.message)); else complain(error);
  }));
  return section;
}

async function fillWorks(item, most, list, told) {
  if (!isServed(item)) { told.textContent = say("compare.noWorks"); return; }
  for (let ready = false; !ready && list.isConnected;) {
    const answer = await api.works(item);
    ({ ready } = answer);
    list.replaceChildren(...answer.works.slice(0, most).map((work) => workCard(work, ready)));
    if (!ready) await wait(SOON * 2);
  }
}

/** Every setting that differs, as the images' cards say; many, where the methods are different ones. */
async function tellDifferences(items, view) {
  const key = view.dataset.of;
  const cards = await Promise.all(items.map(cardOf));
  if (view.dataset.of !== key || items.length < 2 || cards.some((card) => !card)) return;
  const rows = differences(cards, ALIKE);
  if (!rows.length) return;
  const head = make("tr", {}, make("td"), ...items.map((item, i) => make("th", { scope: "col", textContent: `${i + 1}. ${shortName(item)}` })));
  const body = rows.map(([name, values]) => make("tr", {}, make("th", { scope: "row", textContent: name }), ...values.map((value) => make("td", { textContent: value }))));
  const table = make("table", {}, make("thead", {}, head), make("tbody", {}, ...body));
  view.append(make("details", { className: "all-settings" }, make("summary", { textContent: say("compare.allSettings", { count: rows.length }) }), table));
}
