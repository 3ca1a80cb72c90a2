/* One image, large: its neighbours, facts, jury. */

import { showAccount } from "./account.js";
import { address, api } from "./api.js";
import { $, blank, clone, make } from "./dom.js";
import { english, number, say, sayWith } from "./language.js";
import { layerLink } from "./layers.js";
import { offerMetapictures } from "./metapictures.js";
import { link } from "./route.js";
import { about, empty, find, isServed, layerOf, samePlace, sizeOf, state, unfinished } from "./state.js";
import { showSpread } from "./spread.js";
import { costOf, largerThan, showStrips } from "./strips.js";
import { explained } from "./terms.js";
import { paint, pictureOf } from "./tiles.js";
import { showPickLarge, showTray } from "./tray.js";
import { tellAway } from "./trouble.js";
import { changesOf, className, controlOf, isBefore, methodName, modelName, sight, stateText, titleOf } from "./words.js";
import { showWorks } from "./works.js";

const CHECKED = /excites the neuron ([\d.]+) times as much as the painting that excites it most; a second network takes it for an? (.+) \((\d+)%\)\.$/;

/** The nearest neuron of the layer on one side: any that exists, or, without a service, any that was rendered. */
function neighbour(place, step) {
  const isNear = (item) => item.model === place.model && item.layer === place.layer && item.state === "done";
  const same = [...state.items.values()].filter(isNear);
  const wanted = state.live ? place.neuron + step : same.map((item) => item.neuron)
    .filter((neuron) => (neuron - place.neuron) * step > 0).sort((a, b) => (a - b) * step)[0];
  const width = layerOf(place)?.width ?? Infinity;
  if (!(wanted >= 0 && wanted < width)) return null;
  const exact = about(place, { neuron: wanted });
  const rendered = same.filter((item) => item.neuron === wanted);
  return find(exact) ?? rendered.find((item) => item.preset === place.preset && item.seed === place.seed) ?? rendered[0] ?? exact;
}

export function showViewer() {
  const place = state.place, item = find(place), dialog = $("viewer");
  const known = item ?? place;
  $("viewer-title").textContent = item?.title ?? titleOf(place);
  document.title = `${$("viewer-title").textContent} · Images of Image Machines`;
  for (const [id, step, mark] of [["previous", -1, (name) => `‹ ${name}`], ["next", 1, (name) => `${name} ›`]]) {
    const other = neighbour(known, step);
    $(id).hidden = !other;
    if (!other) continue;
    $(id).href = link(other);
    const name = other.class_name ?? className(other, other.neuron) ?? other.neuron;
    $(id).textContent = mark(name);
    $(id).ariaLabel = say(step < 0 ? "viewer.previous" : "viewer.next", { name });
  }
  state.costs = new Map();
  showProgress(item);
  showFacts(known, item);
  const words = new URLSearchParams({ view: "wall", search: `${known.layer}:${known.neuron}` });
  $("its-layer").href = layerLink(known.model, known.layer);
  $("together").href = `#${words}`;
  $("note").value = state.kept[item?.id]?.note ?? "";
  $("card").open = $("cite").open = false;
  showStrips(known);
  showWorks(known);
  showSpread(known);
  $("account").hidden = !(state.explains && layerOf(known));
  if (!$("account").hidden) showAccount($("account"), known);
  $("metapictures").hidden = !(state.explains && layerOf(known) && isServed(known));
  if (!$("metapictures").hidden) offerMetapictures($("metapictures"), known);
  if (!dialog.open) dialog.showModal();
  tellAway();
  showTray();
  dialog.scrollTop = 0;
  $("viewer-title").focus({ preventScroll: true });
}

export function showProgress(item) {
  const tile = $("large").querySelector(".tile") ?? $("large").appendChild(clone("tile"));
  const missing = !item || empty(item);
  if (tile.dataset.id !== item?.id) blank(tile.querySelector("img"));
  if (!item) {
    Object.assign(tile.dataset, { id: "", state: "missing" });
    tile.querySelector("img").alt = "";
    tile.querySelector("a").removeAttribute("href");
    for (const part of tile.querySelectorAll(".state, progress, button")) part.hidden = true;
  } else {
    paint(tile, item, [""]);
    Object.assign(tile.querySelector(".open"), { href: pictureOf(item) ?? "", target: "_blank", title: say("viewer.openFile") });
    for (const button of tile.querySelectorAll("button")) button.hidden = true;
  }
  $("progress").textContent = item ? stateText(item) : say("viewer.missing");
  $("render").hidden = !missing || !isServed(state.place);
  const larger = item && isServed(item) && !missing && largerThan(item);
  $("larger").hidden = !larger;
  if (larger) $("larger").textContent = say("viewer.renderLarger", { size: sizeOf(larger), cost: costOf(larger) });
  $("render").textContent = say("viewer.render", { cost: costOf(item ?? state.place) });
  $("cancel").hidden = !unfinished(item);
  for (const id of ["favourite", "note-field", "copy"]) $(id).hidden = !item;
  showPickLarge(item);
  $("download").hidden = $("card").hidden = $("cite").hidden = item?.state !== "done";
  if (!item) return;
  const star = Boolean(state.kept[item.id]?.star);
  $("favourite").ariaPressed = String(star);
  $("favourite").textContent = `${star ? "★" : "☆"} ${say("viewer.favourite")}`;
  $("download").href = address(item.image);
  $("download").download = item.image.split("/").at(-1);
  $("download").title = say("viewer.provenance");
  if (item.state === "done" && tile.dataset.finished !== item.id) { tile.dataset.finished = item.id; showFacts(item, item); }
}

function showFacts(place, item) {
  const layer = layerOf(place);
  const size = item?.size ?? sizeOf(place);
  const made = [modelName(place.model), size && `${size} × ${size} px`, methodName(place.preset), ...changesOf(place), say("words.seed", place)];
  const facts = [made.filter(Boolean).join(" · ")];
  if (layer) facts.push(explained(layer.map_size == null ? "viewer.thisNeuron" : "viewer.eachPlace", { sees: sight(layer) }));
  if (controlOf(place.model)) facts.push(explained("viewer.control"));
  else if (isBefore(place.model)) facts.push(explained("viewer.before"));
  if (item?.state === "done" && item.activation != null) facts.push(explained("viewer.activation", { value: number(item.activation, { maximumSignificantDigits: 3, useGrouping: false }) }));
  if (item?.check) facts.push(checkOf(item.check));
  $("facts").replaceChildren(...facts.map((fact) => make("p", { className: "quiet" }, ...[fact].flat())), ...(item?.warnings ?? []).map((warning) => make("p", {}, english(warning))));
  showJury(place, item);
}

/** How far an image can be trusted: on the scale of the works, where its card knows that. */
function checkOf(check) {
  const [, times, name, share] = check.match(CHECKED) ?? [];
  return times ? [say("viewer.scale", { times: number(Number(times)) }), " ", ...sayWith("viewer.second", { name: english(name), share })] : english(check);
}

/** What other networks take a class's image for; the service asks them when it has nothing to draw. */
async function showJury(place, item) {
  const line = $("jury"), wanted = item?.state === "done" && item.class_name && state.live && !controlOf(item.model);
  if (line.dataset.id === item?.id && wanted) return;
  line.dataset.id = wanted ? item.id : "";
  line.replaceChildren(english(item?.jury ?? ""));
  for (let ready = !wanted; !ready && samePlace(place);) {
    const answer = await api.jury(item.id).catch(() => ({ ready: true }));
    if (line.dataset.id !== item.id) return;
    ({ ready } = answer);
    if (!ready) line.textContent = say("viewer.juryAsked");
    else if (answer.heard) tellJury(line, answer.heard);
    else line.replaceChildren(english(item.jury ?? ""));
    if (!ready) await new Promise((resolve) => setTimeout(resolve, 1500));
  }
}

function tellJury(line, { sentence, control }) {
  const link = make("a", { href: address(control), target: "_blank", textContent: say("viewer.shuffled") });
  line.replaceChildren(english(sentence), " ", link, ".");
}
