/* The language of the page, and its sentences: a table a language, languages/*.json, which build.js puts in as TABLES.

   A sentence is named by its section and itself, "counts.images". {name} stands for a value; a sentence with forms for
   one and for many is chosen, and {count} written, as the language does it. */

import { MEMORY, query } from "./config.js";

const CHOICE = `${MEMORY}-language`;
const ATTRIBUTES = ["aria-label", "placeholder", "title"];

function remembered() {
  try { return localStorage.getItem(CHOICE); } catch { return null; }
}

/** The language that the address names, else the remembered one, else the first of the browser's that there is. */
const wishes = [query.get("language"), remembered(), ...navigator.languages.map((name) => name.split("-")[0])];
export const language = wishes.find((name) => Object.hasOwn(TABLES, name)) ?? "en";
const forms = new Intl.PluralRules(language);

/** A number as the language writes it; `options` as Intl has them. */
export const number = (value, options) => value.toLocaleString(language, options);

/** Whether there is a sentence of that name, where what is named comes from the service. */
export const has = (key) => { const [section, name] = key.split("."); return Object.hasOwn(TABLES[language][section] ?? {}, name); };

/** The sentence before its values are put in. */
function formOf(key, values) {
  const [section, name] = key.split(".");
  const sentence = TABLES[language][section][name];
  return typeof sentence === "string" ? sentence : sentence[forms.select(values.count)] ?? sentence.other;
}

const valueOf = (name, values) => (name === "count" ? number(values.count) : values[name]);

/** A sentence of the page; words that are explained in it, [octaves](octave), are plain ones here. */
export const say = (key, values = {}) => formOf(key, values).replace(/\[([^\]]+)\]\(\w+\)/g, "$1").replace(/\{(\w+)\}/g, (_, name) => valueOf(name, values));

/** A sentence in pieces, for values that are elements, such as links. */
export const sayWith = (key, values) =>
  formOf(key, values).split(/\{(\w+)\}/).map((piece, i) => (i % 2 ? valueOf(piece, values) : piece));

/** What the service says, which is English whatever the page speaks. */
export const english = (text) => Object.assign(document.createElement("span"), { lang: "en", textContent: text });

/** Put the sentences into the markup, in which data-say names them, and data-say-title and others for attributes. */
export function sayMarkup(root = document) {
  for (const element of root.querySelectorAll("[data-say]")) element.textContent = say(element.dataset.say);
  for (const name of ATTRIBUTES) {
    for (const element of root.querySelectorAll(`[data-say-${name}]`)) element.setAttribute(name, say(element.getAttribute(`data-say-${name}`)));
  }
  for (const template of root.querySelectorAll("template")) sayMarkup(template.content);
}

/** Let a person choose; the page begins anew, so that no sentence stays in the other language. */
export function offerLanguages(group) {
  group.replaceChildren(...Object.entries(TABLES).map(([name, { language: { name: whole } }]) => {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "bare", lang: name, textContent: name.toUpperCase(), ariaPressed: String(name === language) });
    button.append(Object.assign(document.createElement("span"), { className: "away-from-sight", textContent: ` ${whole}` }));
    button.addEventListener("click", () => choose(name));
    return button;
  }));
}

function choose(name) {
  const address = new URL(location.href);
  address.searchParams.delete("language");
  try { localStorage.setItem(CHOICE, name); } catch { address.searchParams.set("language", name); }
  if (address.href === location.href) location.reload(); else location.replace(address);
}

document.documentElement.lang = language;
