/* Words that are explained where they stand, and all of them in the glossary.

   In a sentence such a word is written [octaves](octave); in the markup data-explain names the sentence. A word is a
   button: it opens the explanation, which Escape, a second press or a look elsewhere closes; a mouse need only rest on it. */

import { $, make } from "./dom.js";
import { say, sayWith } from "./language.js";

export const TERMS = ["network", "layer", "neuron", "channel", "class", "field", "activation", "method", "octave", "seed", "tuning", "control"];
const MARKED = /\[([^\]]+)\]\((\w+)\)/;
const SOON = 300;  // milliseconds that a mouse rests before a word is explained, or has left before it is not
const AIR = 10;  // pixels between an explanation and what is around it

let shown = null, isPinned = false, resting;

/** A word that is explained where it stands. */
export function term(name, text) {
  const button = make("button", { type: "button", className: "term", textContent: text });
  button.dataset.term = name;
  button.setAttribute("popovertarget", "tip");
  return button;
}

/** A sentence, in pieces, whose difficult words are explained. */
export const explained = (key, values = {}) => sayWith(key, values).flatMap((piece) => (typeof piece === "string" ? wordsOf(piece) : piece));

function wordsOf(text) {
  const parts = text.split(MARKED);
  return parts.map((part, i) => (i % 3 === 1 ? term(parts[i + 1], part) : i % 3 === 0 ? part : "")).filter(Boolean);
}

/** Put sentences with difficult words into the markup, and name the marks beside labels. */
export function explainMarkup() {
  for (const element of document.querySelectorAll("[data-explain]")) element.replaceChildren(...explained(element.dataset.explain));
  for (const mark of document.querySelectorAll(".term.mark")) {
    mark.textContent = "?";
    mark.ariaLabel = say("terms.what", { word: say(`terms.${mark.dataset.term}`) });
  }
}

/** Say what a word means, in the box beside it. */
function fill(button) {
  const { term } = button.dataset;
  const all = make("a", { href: linkTo(term), textContent: say("glossary.all") });
  $("tip").replaceChildren(make("b", { textContent: say(`terms.${term}`) }), make("p", { textContent: say(`glossary.${term}`) }), make("p", { className: "quiet" }, all));
  (button.closest("dialog, form, section, main") ?? document.body).append($("tip"));  // in a dialog, which lies over all else
  $("tip").style.visibility = "hidden";  // until it has its place
  shown = button;
}

export const linkTo = (name) => `#${new URLSearchParams({ view: "glossary", term: name })}`;

/** Under the word, or over it where there is no room. */
function place() {
  const word = shown.getBoundingClientRect(), box = $("tip");
  const below = word.bottom + AIR / 2, fits = below + box.offsetHeight + AIR < innerHeight;
  box.style.left = `${Math.max(AIR, Math.min(word.left, innerWidth - box.offsetWidth - AIR))}px`;
  box.style.top = `${Math.max(AIR, fits ? below : word.top - box.offsetHeight - AIR / 2)}px`;
  box.style.visibility = "";
}

const isOpen = () => $("tip").matches(":popover-open");
const close = () => { if (isOpen()) $("tip").hidePopover(); };

/** Before the press opens or closes the box: what the mouse had opened stays, another word's makes way. */
function pressed(event) {
  if (event.target.closest("#tip a")) return close();
  const button = event.target.closest(".term");
  if (!button) return;
  if (isOpen() && shown === button && !isPinned) { isPinned = true; return event.preventDefault(); }
  if (isOpen() && shown === button) return;
  close();
  fill(button);
  isPinned = true;
}

function rests(event) {
  if (event.pointerType !== "mouse") return;
  const button = event.target.closest?.(".term");
  const isInside = Boolean(event.target.closest?.("#tip")) || (button && button === shown);
  clearTimeout(resting);
  if (isOpen() && (isPinned || isInside)) return;
  if (button) resting = setTimeout(() => { close(); fill(button); isPinned = false; $("tip").showPopover({ source: button }); }, SOON);
  else if (isOpen()) resting = setTimeout(close, SOON);
}

export function listenToTerms() {
  document.addEventListener("click", pressed, true);
  document.addEventListener("pointerover", rests);
  addEventListener("scroll", (event) => { if (event.target !== $("tip")) close(); }, { capture: true, passive: true });
  $("tip").addEventListener("toggle", (event) => { if (event.newState === "open") place(); else isPinned = false; });
}

/** All words with what they mean, in the order of the language; the one that was asked for in sight. */
export function showGlossary(asked) {
  const known = TERMS.map((name) => [name, say(`terms.${name}`)]).sort(([, a], [, b]) => a.localeCompare(b, document.documentElement.lang));
  $("glossary").querySelector("dl").replaceChildren(...known.flatMap(([name, word]) => [
    make("dt", { id: `term-${name}`, tabIndex: -1, textContent: word }), make("dd", { textContent: say(`glossary.${name}`) })]));
  const wanted = asked && $(`term-${asked}`);
  if (!wanted) return;
  wanted.scrollIntoView({ block: "center" });
  wanted.focus({ preventScroll: true });
}
