/* A work, large enough to read: its whole file on a stage, the part that fired, and what the catalogue says of it. */

import { listenToKeys } from "../image_machines/atlas/maps/parts/plane.js";
import { address, ask, Refused } from "./api.js";
import { make } from "./dom.js";
import { SOON, wait } from "./explaining.js";
import { english, number, say } from "./language.js";
import { byline, nameOfWork } from "./shelf.js";
import { Stage } from "./stage.js";
import { complain } from "./trouble.js";

const FACTS = ["artist", "life", "date", "class", "school", "period", "technique", "place"];

/** A button that lies over a picture and opens it large. */
export function enlarger(name, open) {
  const label = say("looking.enlarge", { name });
  const button = make("button", { type: "button", className: "enlarge", title: label, ariaLabel: label });
  button.addEventListener("click", open);
  return button;
}

/** The frame of the part that fired. */
export const frameOf = (box) => make("i", { className: "fired", style: Object.entries(box).map(([side, share]) => `${side}:${share * 100}%`).join(";") });

/** All that the catalogue says of a work, asked for until its whole picture is there; null where nobody looks. */
async function wholeOf(file, isSeen) {
  for (;;) {
    const work = await ask(`/work?${new URLSearchParams({ file })}`);
    if (!isSeen()) return null;
    if (work.ready) return work;
    await wait(SOON);
  }
}

const term = (name, value) => [make("dt", { textContent: say(`looking.${name}`) }), make("dd", {}, value)];
const outside = (href, textContent = href) => make("a", { href, target: "_blank", rel: "noopener", textContent });

/** What the catalogue says, as terms; what it does not say of rights is said, for somebody may want to print. */
export function factsOf(work) {
  const known = FACTS.filter((name) => work[name]).map((name) => term(name, work[name]));
  const rights = term("rights", work.rights ?? say("looking.unsaid"));
  const source = work.source ? [term("source", outside(work.source, new URL(work.source).hostname || work.source))] : [];
  const page = /^https?:/.test(work.url ?? "") ? [term("page", outside(work.url, new URL(work.url).hostname))] : [];
  return make("dl", {}, ...[...known, rights, ...source, ...page].flat());
}

/** Show a work, as the service lists it, or a picture of one's own ({blob, title, address}), large; over it what fired. */
export function enlarge(work, over) {
  const name = nameOfWork(work), alt = [name, work.blob ? say("looking.own") : byline(work)].filter(Boolean).join(", ");
  const zoom = zooming(() => stage), stage = new Stage(say("looking.stage", { name }), alt, zoom.changed);
  const close = make("button", { type: "button", textContent: say("looking.close") });
  const bar = make("div", { className: "bar" }, zoom.element, ...(over ? [covered(stage, over)] : []), close);
  const about = make("div", { className: "about" }, make("h2", { id: "looking-title", textContent: name }));
  const dialog = make("dialog", { id: "looking" }, bar, make("div", { className: "looking" }, stage.element, about));
  dialog.setAttribute("aria-labelledby", "looking-title");
  stage.element.setAttribute("aria-describedby", "looking-keys");
  fill(work, stage, about, dialog).catch((error) => (error instanceof Refused ? about.append(make("p", {}, english(error.message))) : complain(error)));
  listenToKeys(dialog, stage.keys);
  open(dialog, close);
  stage.element.focus({ preventScroll: true });
}

/** Open the dialog over all; it goes with the place in the address that it was opened at. */
function open(dialog, close) {
  const left = () => dialog.close();
  close.addEventListener("click", left);
  addEventListener("hashchange", left);
  dialog.addEventListener("keydown", (event) => event.stopPropagation());  // the page below has keys of its own
  dialog.addEventListener("close", () => { removeEventListener("hashchange", left); dialog.remove(); });
  document.body.append(dialog);
  dialog.showModal();
}

/** The buttons that zoom, and how large the picture is seen. */
function zooming(stage) {
  const share = make("output", { className: "quiet" });
  const button = (key, textContent, onclick) => make("button", { type: "button", ariaLabel: say(`looking.${key}`), title: say(`looking.${key}`), textContent, onclick });
  const out = button("out", "–", () => stage().zoomBy(1 / 1.6)), all = button("whole", say("looking.all"), () => stage().show());
  const element = make("div", { className: "zooming", role: "group", ariaLabel: say("looking.zooming") }, out, button("in", "+", () => stage().zoomBy(1.6)), all, share);
  const changed = (scale, isWhole) => {
    share.textContent = number(scale, { style: "percent", maximumFractionDigits: 0 });
    for (const each of [out, all]) each.ariaDisabled = String(isWhole);
  };
  return { element, changed };
}

/** Lay something over the picture; returns the switch for it. */
function covered(stage, over) {
  const box = make("input", { type: "checkbox", checked: true });
  box.addEventListener("change", () => { over.hidden = !box.checked; });
  stage.plane.append(over);
  return make("label", { className: "check" }, box, make("span", { textContent: say("looking.over") }));
}

/** The picture, first as it is at hand, then whole; and the words beside it. */
async function fill(work, stage, about, dialog) {
  const keys = make("p", { id: "looking-keys", className: "quiet", textContent: say("looking.keys") });
  if (work.blob) {
    about.append(make("p", { className: "quiet", textContent: say("looking.own") }), keys);
    return stage.load(work.address);
  }
  about.append(factsOf(work), ...ownPage(work), keys);
  if (work.picture) await stage.load(address(work.picture)).catch(() => {});  // it is still being made, then
  const told = await wholeOf(work.file, () => dialog.open);
  if (!told) return;
  await stage.load(address(told.whole));
  const size = { width: number(stage.image.naturalWidth), height: number(stage.image.naturalHeight) };
  const facts = factsOf(told);
  facts.append(...term("file", outside(address(told.whole), say("looking.pixels", size))));
  about.querySelector("dl").replaceWith(facts);
}

/** The way to the work's own page, unless that is where one comes from. */
function ownPage(work) {
  if (document.getElementById("why").open) return [];
  const href = `#${new URLSearchParams({ view: "works", work: work.file })}`;
  return [make("p", {}, make("a", { href, textContent: say("looking.ownPage") }))];
}
