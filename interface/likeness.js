/* How far the images of several seeds differ. */

import { address } from "./api.js";
import { query } from "./config.js";
import { make } from "./dom.js";
import { number, say } from "./language.js";

const SIDE = 128;  // pixels to which pictures are reduced to be compared

/** The pixels of a picture, with mean 0 and length 1. Raises where the browser may not read them, as from disk. */
async function pixelsOf(item) {
  const image = make("img", query.has("api") ? { crossOrigin: "anonymous" } : {});
  image.src = address(item.image, item.version);
  await image.decode();
  const paper = new OffscreenCanvas(SIDE, SIDE).getContext("2d");
  paper.drawImage(image, 0, 0, SIDE, SIDE);
  const values = Float32Array.from(paper.getImageData(0, 0, SIDE, SIDE).data.filter((_, i) => i % 4 < 3));
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const length = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0));
  return values.map((value) => (value - mean) / (length || 1));
}

/** Say how far the finished images of several seeds differ: the mean correlation of their pixels, pair by pair. */
export async function tellLikeness(section, items) {
  const done = items.filter((item) => item?.state === "done");
  if (done.length < 2) return;
  const pixels = await Promise.all(done.map(pixelsOf)).catch(() => []);
  const pairs = pixels.flatMap((a, i) => pixels.slice(i + 1).map((b) => a.reduce((sum, value, k) => sum + value * b[k], 0)));
  if (!pairs.length || !section.querySelector(".strip")) return;
  const mean = pairs.reduce((sum, value) => sum + value, 0) / pairs.length;
  const kind = mean > 0.95 ? "strips.hardlyDiffer" : mean > 0.6 ? "strips.resemble" : "strips.differ", digits = mean > 0.95 ? 3 : 2;
  section.querySelector(".likeness")?.remove();
  section.querySelector(".strip").after(make("p", { className: "likeness quiet", textContent:
    say(kind, { count: done.length, mean: number(mean, { minimumFractionDigits: digits, maximumFractionDigits: digits }) }) }));
}
