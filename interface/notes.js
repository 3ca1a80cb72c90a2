/* Favourites, notes and comparisons saved as a file, and taken in from one. */

import { Refused } from "./api.js";
import { ALIKE } from "./config.js";
import { $, make, notify, pick } from "./dom.js";
import { permalink, saveFile } from "./exports.js";
import { keepComparisons, keptComparisons } from "./kept.js";
import { number, say } from "./language.js";
import { added, LARGEST, merged, read, written } from "./notesfile.js";
import { arrange } from "./room.js";
import { keepAll, state } from "./state.js";
import { picked, putInTray } from "./tray.js";

/** Save all that this browser keeps of the images. */
export function saveNotes() {
  const images = Object.entries(state.kept).map(([id, { star = false, note = "" }]) => {
    const item = state.items.get(id);
    return { id, star, note, ...(item && { title: item.title, ...pick(item, ALIKE), link: permalink(item) }) };
  });
  saveFile("image-notes.json", "application/json", written({ images, comparisons: keptComparisons(), tray: picked().map((item) => item.id) }));
}

/** Take in a file; where it says something else than what is kept, ask first. */
export async function takeNotes(event) {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    if (file.size > LARGEST) throw new Refused(say("notes.tooLarge", { most: number(LARGEST / 2 ** 20) }));
    const content = read(await file.text());
    const mine = { kept: state.kept, comparisons: keptComparisons() };
    const news = added(mine, content);
    const choices = await ask(news.conflicts);
    if (!choices) return notify(say("notes.nothingTaken"));
    const { kept, comparisons } = merged(mine, news, choices);
    keepAll(kept);
    keepComparisons(comparisons);
    const items = content.tray.map((id) => state.items.get(id)).filter(Boolean);
    if (!picked().length && items.length) putInTray(items);
    arrange();
    notify(tell(news, content));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    notify(error.message);
  }
}

/** What was taken in, in a sentence. */
function tell({ stars, notes, comparisons, conflicts }, content) {
  const parts = Object.entries({ stars, notes, comparisons, conflicts }).filter(([, all]) => all.length);
  const words = parts.map(([name, all]) => say(`notes.new_${name}`, { count: all.length })).join(", ");
  const gone = content.images.filter(({ id }) => !state.items.has(id)).length;
  const away = gone ? ` ${say("notes.notHere", { count: gone })}` : "";
  return (words ? say("notes.taken", { words }) : say("notes.allKnown")) + away;
}

/** For each conflict "mine", "theirs" or "both"; null where nothing shall be taken in. */
function ask(conflicts) {
  if (!conflicts.length) return [];
  const dialog = $("taking");
  dialog.querySelector("ol").replaceChildren(...conflicts.map(question));
  $("taking-told").textContent = say("notes.conflicts", { count: conflicts.length });
  dialog.returnValue = "";
  dialog.showModal();
  $("taking-title").focus({ preventScroll: true });
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => {
      resolve(dialog.returnValue === "take" ? conflicts.map((_, i) => dialog.querySelector(`[name="taking-${i}"]:checked`).value) : null);
    }, { once: true });
  });
}

function question({ title, mine, theirs }, i) {
  const choice = (value, ...words) => make("label", { className: "check" }, make("input", { type: "radio", name: `taking-${i}`, value, checked: value === "mine" }), make("span", {}, ...words));
  return make("li", {}, make("fieldset", {}, make("legend", { textContent: title }),
    choice("mine", make("b", { textContent: say("notes.mine") }), make("q", { textContent: mine })),
    choice("theirs", make("b", { textContent: say("notes.theirs") }), make("q", { textContent: theirs })),
    choice("both", make("b", { textContent: say("notes.both") }))));
}

/** Listen to the buttons that save and take in. */
export function listenToNotes() {
  $("save-notes").addEventListener("click", saveNotes);
  $("take-notes").addEventListener("change", takeNotes);
  $("taking-close").addEventListener("click", () => $("taking").close());
}
