/* The works of the collection, and the place where a picture of one's own is dropped. */

import { address, ask } from "./api.js";
import { $, make, notify } from "./dom.js";
import { closed, explain, open, openWork, sheet, SOON, wait } from "./explaining.js";
import { drawHeat } from "./heat.js";
import { say } from "./language.js";
import { prepareMap } from "./mapping.js";
import { prepareSeen } from "./seeing.js";
import { state } from "./state.js";
import { complain } from "./trouble.js";

const LARGEST = 20 * 2 ** 20;  // bytes of a picture that the service takes
const LENGTH = 48;  // works of a page

/** Listen to the works' view and to the sheet. */
export function listenToWorks() {
  prepareSeen();
  prepareMap();
  $("own").addEventListener("change", () => takeFile($("own").files[0]));
  $("more-works").addEventListener("click", () => listWorks(sheet.next).catch(complain));
  addEventListener("dragover", (event) => { if (isHere(event)) { event.preventDefault(); $("drop").dataset.over = ""; } });
  addEventListener("dragleave", () => delete $("drop").dataset.over);
  addEventListener("drop", (event) => { if (isHere(event)) { event.preventDefault(); delete $("drop").dataset.over; takeFile(event.dataTransfer.files[0]); } });
  $("why-close").addEventListener("click", () => $("why").close());
  $("why").addEventListener("close", closed);
  $("by").addEventListener("change", () => explain());
  $("strength").addEventListener("input", drawHeat);
  $("why-picture").addEventListener("load", drawHeat);
  new ResizeObserver(drawHeat).observe($("why-picture"));
}

const isHere = (event) => (state.view === "works" || $("why").open) && event.dataTransfer?.types.includes("Files");

/** The address in the bar says whether the works are seen, and which of them is open. */
export function routeWorks(words) {
  const isWorks = state.view === "works";
  if (isWorks && sheet.search !== state.search) listWorks(0).catch(complain);
  const file = isWorks ? words.get("work") : null;
  if (file) openWork(file, words.get("model")).catch(complain);
  else if ($("why").open && !(isWorks && sheet.subject?.blob)) $("why").close();
}

const linkTo = (work, model) => `#${new URLSearchParams({ view: "works", work: work.file, ...(model && { model }) })}`;

/** Show the works from there on, once their small pictures are ready. */
async function listWorks(offset) {
  const search = (sheet.search = state.search);
  const words = new URLSearchParams({ offset, limit: LENGTH, ...(search && { search }) });
  for (let ready = false; !ready;) {
    const answer = await ask(`/works?${words}`);
    if (sheet.search !== search) return;
    ready = answer.ready;
    sheet.works = [...sheet.works.slice(0, offset), ...answer.works];
    sheet.next = answer.next;
    const kept = offset ? [...$("shelf").children].slice(0, offset) : [];
    $("shelf").replaceChildren(...kept, ...answer.works.map((work) => workTile(work, ready)));
    $("more-works").hidden = answer.next === null;
    $("shelved").textContent = answer.total
      ? say(search ? "shelf.found" : "shelf.works", { count: answer.total, words: search })
      : say(search ? "shelf.nothing" : "shelf.noCollection");
    if (!ready) await wait(SOON * 2);
  }
}

export const nameOfWork = (work) => work.title ?? work.file?.split("/").at(-1) ?? say("shelf.own");
export const byline = (work) => [work.artist, work.painted ? say("works.painted") : work.date, work.class].filter(Boolean).join(" · ");

export function workTile(work, ready, model) {
  const image = make("img", { alt: "", loading: "lazy", ...(ready && { src: address(work.picture) }) });
  const caption = make("span", { className: "caption" }, make("b", { textContent: nameOfWork(work) }), make("span", { textContent: byline(work) }));
  return make("li", {}, make("a", { href: linkTo(work, model), id: `work ${work.file}` }, image, caption));
}

/** Explain a picture that was dropped or chosen: its bytes decide, so the service judges them. */
function takeFile(file) {
  $("own").value = "";
  if (!file) return;
  if (file.size > LARGEST) return notify(say("shelf.tooLarge", { name: file.name, size: Math.ceil(file.size / 2 ** 20), most: LARGEST / 2 ** 20 }));
  open({ blob: file, title: file.name }).catch(complain);
}
