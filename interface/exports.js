/* Favourites and notes, and how they are taken along: a table, a page for a talk, a link. */

import { address, api, part } from "./api.js";
import { ALIKE, origin, query } from "./config.js";
import { showCounts } from "./counts.js";
import { $, make, notify, pick } from "./dom.js";
import { language, say } from "./language.js";
import { arrange } from "./room.js";
import { find, keep, state } from "./state.js";
import { repaint } from "./tiles.js";
import { altText, methodName, modelName } from "./words.js";

function save(name, type, text) {
  const url = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}

/** The address that opens an image for others: without search or token. */
function permalink(item) {
  const page = location.origin === "null" ? location.href.split(/[?#]/)[0] : location.origin + location.pathname;
  return `${page}${query.has("api") ? `?api=${part(origin)}` : ""}#${new URLSearchParams(pick(item, [...ALIKE, "id"]))}`;
}

export function exportTable() {
  const columns = ["title", ...ALIKE, "size", "class_name", "activation", "date", "id", "image", "note", "link"];
  const cell = (value) => `"${String(value ?? "").replaceAll('"', '""')}"`;
  const rows = state.list.map((item) => ({ ...item, note: state.kept[item.id]?.note, link: permalink(item) }));
  const lines = [columns, ...rows.map((row) => columns.map((name) => row[name]))].map((line) => line.map(cell).join(","));
  save("favourites.csv", "text/csv", `\ufeff${lines.join("\r\n")}\r\n`);
}

function inline(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = reject;
    reader.readAsDataURL(blob);
  });
}

/** One page that holds its pictures: a screen for each, to be shown in a talk. */
export async function exportTalk() {
  const page = document.implementation.createHTMLDocument("Images of Image Machines");
  page.documentElement.lang = language;
  page.head.prepend(page.createElement("meta"));
  page.head.firstElementChild.setAttribute("charset", "utf-8");
  page.head.append(Object.assign(page.createElement("style"), { textContent: `
    html { scroll-snap-type: y mandatory; background: #131313; color: #ececec; }
    body { margin: 0; font: 1.2rem/1.5 "Helvetica Neue", Arial, sans-serif; }
    figure { display: flex; gap: 4vw; align-items: center; justify-content: center; height: 100vh; box-sizing: border-box;
             margin: 0; padding: 3vh 4vw; scroll-snap-align: start; break-after: page; }
    img { height: 94vh; max-width: 62vw; object-fit: contain; }
    figcaption { max-width: 26vw; } h1 { font: 400 2.2rem/1.2 Palatino, Georgia, serif; margin: 0 0 1rem; }
    p { white-space: pre-wrap; } small { color: #ababab; }
    @media print { html { background: #fff; color: #000; } }` }));
  for (const item of state.list) {
    const file = state.pictures.get(item.image);
    const blob = file ?? (await api.picture(address(item.image, item.version)).catch(() => null));
    if (!blob) {
      $("pick").hidden = false;
      return notify(say("exports.needsFolder"));
    }
    const add = (parent, tag, text = "") => parent.appendChild(Object.assign(page.createElement(tag), { textContent: text }));
    const figure = add(page.body, "figure");
    Object.assign(add(figure, "img"), { src: await inline(blob), alt: altText(item) });
    const caption = add(figure, "figcaption");
    add(caption, "h1", item.title);
    if (state.kept[item.id]?.note) add(caption, "p", state.kept[item.id].note);
    const made = [modelName(item.model), `${item.size} px`, methodName(item.preset), say("words.seed", item), item.date?.slice(0, 10)];
    add(caption, "small", made.filter(Boolean).join(" · "));
  }
  save("favourites.html", "text/html", `<!doctype html>\n${page.documentElement.outerHTML}`);
  notify(say("exports.saved", { count: state.list.length }));
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

export async function copyLink() {
  const text = permalink(find(state.place));
  try { await navigator.clipboard.writeText(text); $("copy").textContent = say("exports.copied"); }
  catch { prompt(say("exports.link"), text); }
  setTimeout(() => { $("copy").textContent = say("viewer.copyLink"); }, 2000);
}
