/* The service's API: the only fetch of the page, and what can go wrong with it. */

import { folder, origin, PACE, token } from "./config.js";
import { make } from "./dom.js";

export class Away extends Error {}     // nobody answers
export class Absent extends Error {}   // somebody answers, but it is no such service
export class Refused extends Error {}  // the service says no, in one sentence
export class Locked extends Error {}   // the service does not take the page's token

export async function ask(path, body, method = body ? "POST" : "GET") {
  const headers = { Accept: "application/json" };
  const isFile = body instanceof Blob;
  if (body) headers["Content-Type"] = isFile ? "application/octet-stream" : "application/json";
  if (token) headers.Authorization = `token ${token}`;
  const request = { method, headers, body: isFile ? body : body && JSON.stringify(body), signal: AbortSignal.timeout(PACE.patience) };
  const answer = await fetch(origin + path, request).catch(() => { throw new Away(); });
  const value = await answer.json().catch(() => null);
  if (answer.ok && value) return value;
  if (answer.status === 401) throw new Locked();
  if (value?.error) throw new Refused(value.error);
  throw answer.status >= 500 ? new Away() : new Absent();
}

export const part = encodeURIComponent;
export const api = {
  status: () => ask("/status"),
  models: () => ask("/models"),
  model: (name) => ask(`/models/${part(name)}`),
  presets: () => ask("/presets"),
  estimate: (request) => ask("/estimates", request),
  submit: (request) => ask("/jobs", request),
  jobs: (ids) => ask(`/jobs?limit=500&ids=${ids.map(part).join()}`),
  jobsIn: (state) => (offset) => ask(`/jobs?limit=500&state=${state}&offset=${offset}`),
  cancel: (id) => ask(`/jobs/${part(id)}`, undefined, "DELETE"),
  cancelAll: () => ask("/jobs", undefined, "DELETE"),
  images: (offset, limit = 500) => ask(`/images?limit=${limit}&offset=${offset}`),
  card: (id) => ask(`/images/${part(id)}`),
  jury: (id) => ask(`/images/${part(id)}/jury`),
  works: ({ layer, neuron, model }) => ask(`/responses/${part(layer)}/${neuron}?model=${part(model)}`),
  picture: (url) => fetch(url).then((answer) => (answer.ok ? answer.blob() : Promise.reject(new Away()))),
};

/** All pages of a list, one after the other. */
export async function* pages(get) {
  for (let offset = 0; offset !== null;) {
    const page = await get(offset);
    yield page;
    offset = page.next;
  }
}

/** The address of a file that the service, or the list of images, names by its path relative to the page. */
export function address(path, version) {
  const url = new URL(path.split("/").map(part).join("/"), folder);
  if (version) url.searchParams.set("v", version);
  if (token) url.searchParams.set("token", token);
  return url.href;
}

/** What lies beside a page without a service comes as a script: other files may not be read from disk. */
const beside = (path) => new Promise((resolve) => {
  const script = make("script", { src: address(path) });
  script.onload = script.onerror = resolve;
  document.head.append(script);
});

/** The images that lie beside a page without a service, and examples for the opening. */
export async function imagesOnDisk() {
  await Promise.all([beside("images/index.js"), beside("images/opening/index.js")]);
  return window.IMAGES?.images ?? [];
}
