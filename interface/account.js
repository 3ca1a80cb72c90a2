/* A neuron's account: the classes it speaks for, its average, its place in the catalogue. */

import { address, api, part, Refused } from "./api.js";
import { count, make } from "./dom.js";
import { answerTo, sheet, SOON, wait } from "./explaining.js";
import { complain } from "./trouble.js";
import { rounded, sentence } from "./verdict.js";
import { workCard } from "./works.js";

const NINE = 9;  // works that show what excites a feature

/** Tell of a neuron: its classes, its average, its place in the catalogue; with its works, where wanted. */
export async function fillAccount(box, place, withWorks) {
  box.querySelector(".account")?.remove();
  const said = make("div", { className: "account" }, make("p", { className: "quiet", role: "status", textContent: "It is being put together …" }));
  box.append(said);
  try {
    const path = `/neurons/${part(place.layer)}/${place.neuron}`;
    const told = ({ note }) => { if (note) said.firstChild.textContent = `${note}.`; };
    const account = await answerTo(path, { model: place.model }, "account", undefined, told);
    if (!account || !said.isConnected) return;
    said.replaceChildren(...accountParts(account));
    if (withWorks) await addWorks(said, place);
  } catch (error) {
    if (error instanceof Refused) said.firstChild.textContent = sentence(error.message); else complain(error);
  }
}

function accountParts({ classes, average, averaged, distribution, groups, layer, neuron }) {
  const spoken = classes.map(({ name, weight, rank, features }) => make("li", { textContent:
    rank ? `It speaks for ${name}: weight ${rounded(weight)}, number ${rank} of ${count(features, "feature")}.` : `It speaks against ${name}: weight ${rounded(weight)}.` }));
  const picture = make("img", { alt: `The average of what excites ${layer}, neuron ${neuron}`, src: address(average) });
  return [
    spoken.length ? make("ul", {}, ...spoken) : make("p", { textContent: "It speaks for no class: other neurons are enough to tell what the network says." }),
    make("figure", {}, picture, make("figcaption", { className: "quiet", textContent: `The average of the parts of ${count(averaged, "work")} that excite it most, laid over each other.` })),
    make("p", {}, make("b", { textContent: "In the catalogue: " }), sentence(distribution)),
    ...(groups.length ? [make("details", {}, make("summary", { textContent: `All ${count(groups.length, "group")} of the catalogue` }), make("ul", {}, ...groups.map(({ says }) => make("li", { textContent: sentence(says) }))))] : []),
  ];
}

async function addWorks(box, place) {
  const list = make("ol", { className: "works" });
  box.append(make("h5", { textContent: "The works that excite it most" }), list);
  for (let ready = false; !ready && list.isConnected;) {
    const answer = await api.works(place);
    ({ ready } = answer);
    list.replaceChildren(...answer.works.slice(0, NINE).map((work) => workCard(work, ready)));
    if (!ready) await wait(SOON * 2);
  }
}

/** The part of a neuron's own sheet that tells what it counts for; asked for when it is opened. */
export function showAccount(box, place) {
  const details = make("details", {}, make("summary", { textContent: "What it counts for: classes, average, catalogue" }));
  details.addEventListener("toggle", () => {
    if (!details.open || details.dataset.asked) return;
    details.dataset.asked = "";
    sheet.asked++;
    fillAccount(details, place, false);
  });
  box.replaceChildren(details);
}
