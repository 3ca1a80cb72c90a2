/* A neuron's account: the classes it speaks for, its average, its place in the catalogue. */

import { address, api, part, Refused } from "./api.js";
import { make } from "./dom.js";
import { answerTo, sheet, SOON, wait } from "./explaining.js";
import { english, number, say } from "./language.js";
import { complain } from "./trouble.js";
import { rounded, sentence } from "./verdict.js";
import { workCard } from "./works.js";

const NINE = 9;  // works that show what excites a feature

/** Tell of a neuron: its classes, its average, its place in the catalogue; with its works, where wanted. */
export async function fillAccount(box, place, withWorks) {
  box.querySelector(".account")?.remove();
  const said = make("div", { className: "account" }, make("p", { className: "quiet", role: "status", textContent: say("account.waiting") }));
  box.append(said);
  try {
    const path = `/neurons/${part(place.layer)}/${place.neuron}`;
    const told = ({ note }) => { if (note) said.firstChild.replaceChildren(english(`${note}.`)); };
    const account = await answerTo(path, { model: place.model }, "account", undefined, told);
    if (!account || !said.isConnected) return;
    said.replaceChildren(...accountParts(account));
    if (withWorks) await addWorks(said, place);
  } catch (error) {
    if (error instanceof Refused) said.firstChild.replaceChildren(english(sentence(error.message))); else complain(error);
  }
}

function accountParts({ classes, average, averaged, distribution, groups, layer, neuron }) {
  const spoken = classes.map(({ name, weight, rank, features }) => make("li", { textContent: rank
    ? say("account.speaksFor", { name, weight: rounded(weight), rank: number(rank), count: features })
    : say("account.speaksAgainst", { name, weight: rounded(weight) }) }));
  const picture = make("img", { alt: say("account.averageOf", { layer, neuron }), src: address(average) });
  return [
    spoken.length ? make("ul", {}, ...spoken) : make("p", { textContent: say("account.noClass") }),
    make("figure", {}, picture, make("figcaption", { className: "quiet", textContent: say("account.average", { count: averaged }) })),
    make("p", {}, make("b", { textContent: say("account.catalogue") }), " ", english(sentence(distribution))),
    ...(groups.length ? [make("details", {}, make("summary", { textContent: say("account.groups", { count: groups.length }) }), make("ul", { lang: "en" }, ...groups.map(({ says }) => make("li", { textContent: sentence(says) }))))] : []),
  ];
}

async function addWorks(box, place) {
  const list = make("ol", { className: "works" });
  box.append(make("h5", { textContent: say("account.works") }), list);
  for (let ready = false; !ready && list.isConnected;) {
    const answer = await api.works(place);
    ({ ready } = answer);
    list.replaceChildren(...answer.works.slice(0, NINE).map((work) => workCard(work, ready)));
    if (!ready) await wait(SOON * 2);
  }
}

/** The part of a neuron's own sheet that tells what it counts for; asked for when it is opened. */
export function showAccount(box, place) {
  const details = make("details", {}, make("summary", { textContent: say("account.summary") }));
  details.addEventListener("toggle", () => {
    if (!details.open || details.dataset.asked) return;
    details.dataset.asked = "";
    sheet.asked++;
    fillAccount(details, place, false);
  });
  box.replaceChildren(details);
}
