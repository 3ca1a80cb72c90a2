/* Favourites, notes and comparisons as a file: what stands in it, what is wrong with one that is none, and what it
   adds to those that are kept. Nothing is overwritten: where both say something else, it is asked. */

import { Refused } from "./api.js";
import { number, say } from "./language.js";

const KIND = "notes of Images of Image Machines";
const VERSION = 1;
export const LARGEST = 5 * 2 ** 20;  // bytes of a file
const LONGEST = 20_000;  // letters of a note
const ID = /^[\w.-]{1,100}$/;

/** The text of a file: `images` by id, each with its star, its note, and what it is. */
export const written = (content, date = new Date()) => JSON.stringify({ kind: KIND, version: VERSION, date: date.toISOString(), ...content }, null, 2) + "\n";

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const isId = (value) => typeof value === "string" && ID.test(value) && value !== "__proto__";
const isText = (value, longest = LONGEST) => typeof value === "string" && value.length <= longest;

/** What a file holds; raises Refused with a sentence for one that is none of these. */
export function read(text) {
  let content;
  try { content = JSON.parse(text); } catch { throw new Refused(say("notes.notJson")); }
  if (!isObject(content) || content.kind !== KIND) throw new Refused(say("notes.otherKind"));
  if (content.version !== VERSION) throw new Refused(say("notes.otherVersion", { version: String(content.version).slice(0, 20), known: VERSION }));
  for (const part of ["images", "comparisons", "tray"]) {
    if (content[part] !== undefined && !Array.isArray(content[part])) throw new Refused(say("notes.noList", { part }));
  }
  return {
    images: (content.images ?? []).map(imageIn),
    comparisons: (content.comparisons ?? []).map(comparisonIn),
    tray: (content.tray ?? []).filter(isId).slice(0, 4),
  };
}

function imageIn(image, i) {
  const wrong = (reason, values) => { throw new Refused(say("notes.badImage", { number: i + 1, reason: say(reason, values) })); };
  if (!isObject(image) || !isId(image.id)) wrong("notes.noId");
  if (image.note !== undefined && !isText(image.note)) wrong("notes.noNote", { most: number(LONGEST) });
  if (image.star !== undefined && typeof image.star !== "boolean") wrong("notes.noStar");
  return { id: image.id, star: image.star ?? false, note: image.note ?? "", title: isText(image.title, 2000) ? image.title : image.id };
}

function comparisonIn(comparison, i) {
  const { title = "", images, date } = isObject(comparison) ? comparison : {};
  const isWhole = isText(title, 2000) && Array.isArray(images) && images.length && images.length <= 100 && images.every(isId);
  if (!isWhole) throw new Refused(say("notes.badComparison", { number: i + 1 }));
  return { title, images, date: isNaN(Date.parse(date)) ? new Date().toISOString() : date };
}

const key = (comparison) => comparison.images.join();
const says = (text, other) => text === other || text.split("\n\n").includes(other);

/** What a file adds to what is kept, and what both say otherwise: {stars, notes, comparisons, conflicts}. */
export function added({ kept, comparisons }, file) {
  const known = new Map(comparisons.map((each) => [key(each), each]));
  const mine = (id) => (Object.hasOwn(kept, id) ? kept[id] : {});
  const stars = file.images.filter(({ id, star }) => star && !mine(id).star);
  const notes = file.images.filter(({ id, note }) => note && !mine(id).note);
  const unlike = file.images.filter(({ id, note }) => note && mine(id).note && !says(mine(id).note, note));
  const untitled = file.comparisons.filter((each) => known.has(key(each)) && each.title && !known.get(key(each)).title);
  const renamed = file.comparisons.filter((each) => known.get(key(each))?.title && each.title && known.get(key(each)).title !== each.title);
  return {
    stars, notes,
    comparisons: [...file.comparisons.filter((each) => !known.has(key(each))), ...untitled],
    conflicts: [
      ...unlike.map(({ id, note, title }) => ({ id, title, mine: mine(id).note, theirs: note })),
      ...renamed.map((each) => ({ comparison: each, title: each.title, mine: known.get(key(each)).title, theirs: each.title })),
    ],
  };
}

const CHOSEN = { mine: ({ mine }) => mine, theirs: ({ theirs }) => theirs, both: ({ mine, theirs }) => `${mine}\n\n${theirs}` };

/** What is kept once a file is taken in; `choices` say "mine", "theirs" or "both" for each conflict. */
export function merged({ kept, comparisons }, { stars, notes, comparisons: more, conflicts }, choices) {
  const all = new Map(Object.entries(kept));
  const change = (id, changes) => all.set(id, { ...all.get(id), ...changes });
  for (const { id } of stars) change(id, { star: true });
  for (const { id, note } of notes) change(id, { note });
  const titles = new Map(comparisons.map((each) => [key(each), each]));
  for (const each of more) titles.set(key(each), { ...titles.get(key(each)), ...each });
  conflicts.forEach((conflict, i) => {
    const text = CHOSEN[choices[i]](conflict);
    if (conflict.id) change(conflict.id, { note: text });
    else titles.set(key(conflict.comparison), { ...titles.get(key(conflict.comparison)), title: text.replace("\n\n", " / ") });
  });
  return { kept: Object.fromEntries(all), comparisons: [...titles.values()] };
}
