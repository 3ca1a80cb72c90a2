/* Favourites and notes, and how they are taken along: a table, a link. */

import { part } from "./api.js";
import { ALIKE, origin, query } from "./config.js";
import { showCounts } from "./counts.js";
import { $, make, notify, pick } from "./dom.js";
import { say } from "./language.js";
import { arrange } from "./room.js";
import { find, keep, state } from "./state.js";
import { repaint } from "./tiles.js";

export function saveFile(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** The address of a part of this page for others: without search or token. */
export function permalinkOf(hash) {
  const page = location.origin === "null" ? location.href.split(/[?#]/)[0] : location.origin + location.pathname;
  return `${page}${query.has("api") ? `?api=${part(origin)}` : ""}${hash}`;
}

/** The address that opens an image for others. */
export const permalink = (item) => permalinkOf(`#${new URLSearchParams(pick(item, [...ALIKE, "id"]))}`);

export function exportTable() {
  const columns = ["title", ...ALIKE, "size", "class_name", "activation", "date", "id", "image", "note", "link"];
  const cell = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const rows = state.list.map((item) => ({ ...item, note: state.kept[item.id]?.note, link: permalink(item) }));
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((line) => line.map(cell).join(","));
  saveFile("favourites.csv", "text/csv", `\ufeff${lines.join("\r\n")}\r\n`);
}

export function note() {
  const item = find(state.place);
  keep(item, { note: $("note").value });
  repaint([item]);
  showCounts();
}

/** Take the pictures of a folder that the person chose: a page opened from disk may not read them otherwise. */
export function takeFolder(event) {
  for (const file of event.target.files) state.pictures.set(file.webkitRelativePath, file);
  notify(say("exports.again"));
}

export function mark() {
  const item = find(state.place);
  keep(item, { star: !state.kept[item.id]?.star });
  repaint([item]);
  arrange();
}

/** Copy a text, and say so on the button for a moment. */
export async function copy(text, button) {
  const words = (button.dataset.words ??= button.textContent);
  try { await navigator.clipboard.writeText(text); button.textContent = say("exports.copied"); }
  catch { prompt(say("exports.copyThis"), text); }
  setTimeout(() => { button.textContent = words; }, 2000);
}

export const copyLink = () => copy(permalink(find(state.place)), $("copy"));
