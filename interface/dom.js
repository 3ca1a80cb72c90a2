/* Small tools for the document, and the line that says something for a while. */

export const pick = (thing, names) => Object.fromEntries(names.map((name) => [name, thing[name]]));
export const $ = (id) => document.getElementById(id);
export const make = (tag, properties = {}, ...children) => {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
};
export const clone = (id) => $(id).content.firstElementChild.cloneNode(true);
export const some = (names) => (names.length > 6 ? [...names.slice(0, 5), "…"] : names).join(", ");

let fading;

/** Say something, for a while. */
export function notify(text) {
  const say = (words) => document.querySelectorAll(".notice").forEach((line) => { line.textContent = words; });
  say(text);
  clearTimeout(fading);
  fading = setTimeout(say, 12000, "");
}

export const rem = () => parseFloat(getComputedStyle(document.documentElement).fontSize);

export const loading = new Set();

/** Show a picture; one that is there stays until the next has come whole. */
export function swap(image, url) {
  if (!url || image.dataset.url === url) return;
  const next = image.dataset.url ? new Image() : image;
  image.dataset.url = url;
  const come = new Promise((resolve) => { next.onload = next.onerror = resolve; next.src = url; }).then(() => {
    loading.delete(come);
    if (image.dataset.url !== url) return;
    if (!next.naturalWidth) return delete image.dataset.url;
    if (next !== image) image.src = url;
    image.dataset.seen = "";
  });
  loading.add(come);
}

/** Forget the picture that an image shows. */
export function blank(image) {
  delete image.dataset.seen;
  delete image.dataset.url;
  image.removeAttribute("src");
}
