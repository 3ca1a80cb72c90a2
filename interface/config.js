/* Where the service is, how often to ask it, what names an image. */

export const query = new URLSearchParams(location.search);
export const served = location.protocol.startsWith("http");
export const origin = query.get("api")?.replace(/\/+$/, "") ?? (served ? location.origin : null);
export const folder = query.has("api") ? `${origin}/public/` : new URL(".", location.href).href;
export const token = query.has("api") ? query.get("token") : null;  // a page of the service itself has its cookie
export const PICTURE = 299;  // pixels of the picture that the layers' sizes are told for
export const PACE = { busy: 350, idle: 4000, hidden: 4000, patience: 20000 };  // milliseconds between two questions
export const OCTAVES = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
export const SEEDS = 9;
export const PAPER = 400;  // images that are printed at most, beyond those in sight
export const MEMORY = "image-machines";  // the key in this browser's store
export const ALIKE = ["model", "layer", "neuron", "octave", "preset", "seed"];  // what names an image
export const UNFINISHED = new Set(["queued", "rendering", "paused"]);
export const EMPTY = new Set(["failed", "cancelled", "lost"]);  // ended without a picture; they can be asked for again
export const VIEWS = ["gallery", "layers", "wall", "favourites", "works", "map", "about", "glossary", "compare", "experiment"];
export const LISTS = ["gallery", "wall", "favourites"];  // views that show images as tiles
export const NEXT = 6;  // so many empty boxes stand before the finished images, the others after them
export const STEADY = 8;  // seconds that an estimate has to last to be believed
