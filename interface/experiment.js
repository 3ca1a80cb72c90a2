/* The reader's experiment: which of two works excites a neuron more, given its image, its works, or both?

   After Borowski and others (ICLR 2021). The questions come from the service, which measured the works' responses;
   the answers stay in this window until they are saved as a table. */

import { address, ask } from "./api.js";
import { $, make } from "./dom.js";
import { SOON, wait } from "./explaining.js";
import { english, say, sayWith } from "./language.js";
import { showResults } from "./results.js";
import { state } from "./state.js";
import { complain } from "./trouble.js";
import { modelName } from "./words.js";
import { workCard } from "./works.js";

const PAPER = "https://arxiv.org/abs/2010.12606";
const MOST_SERIES = 999;  // a number that is easily told to others
const KEYS = { ArrowLeft: "left", ArrowRight: "right" };

let run = null;  // {model, seed, trials} with answers, once it has begun

/** The address in the bar says whether the experiment is seen, and which series is offered. */
export function routeExperiment(words) {
  const view = $("experiment-view"), isHere = state.view === "experiment";
  view.hidden = !isHere;
  if (!isHere || run || state.loading) return;
  if (!view.dataset.live || view.dataset.live !== String(state.live)) offer(words);
}

const heading = (text) => make("h2", { id: "experiment-title", tabIndex: -1, textContent: text });

function show(...parts) {
  $("experiment-view").replaceChildren(...parts);
  scrollTo(0, 0);
  $("experiment-title").focus({ preventScroll: true });
}

/** What it is about, and the button that begins it. */
function offer(words) {
  run = null;
  $("experiment-view").dataset.live = String(state.live);
  const paper = make("a", { href: PAPER, target: "_blank", rel: "noopener", textContent: say("experiment.paper") });
  const about = [
    heading(say("experiment.title")), make("p", { className: "lead", textContent: say("experiment.lead") }),
    make("p", { textContent: say("experiment.how") }), make("p", { className: "quiet" }, ...sayWith("experiment.after", { paper })),
  ];
  if (!state.live) return show(...about, make("p", { textContent: say("experiment.needsService") }));
  const model = make("select", { id: "experiment-model" }, ...[...state.models.keys()].map((name) => new Option(modelName(name), name)));
  if (state.models.has(words?.get("model"))) model.value = words.get("model");
  const series = make("input", { id: "experiment-series", type: "number", min: 0, max: 4294967295, value: words?.get("seed") ?? Math.ceil(Math.random() * MOST_SERIES) });
  series.setAttribute("aria-describedby", "experiment-hint");
  const told = make("p", { role: "status", className: "quiet" });
  const form = make("form", {},
    make("div", { className: "field", hidden: state.models.size < 2 }, make("label", { htmlFor: "experiment-model", textContent: say("form.model") }), model),
    make("div", { className: "field" }, make("label", { htmlFor: "experiment-series", textContent: say("experiment.series") }), series, make("small", { id: "experiment-hint", textContent: say("experiment.seriesHint") })),
    make("div", { className: "actions" }, make("button", { className: "first", textContent: say("experiment.begin") })), told);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    begin(model.value, series.value || 0, told).catch((error) => { told.replaceChildren(english(error.message)); complain(error); });
  });
  show(...about, form);
}

/** Draw the questions; begin once all pictures are there. */
async function begin(model, seed, told) {
  told.textContent = say("experiment.drawing");
  for (let drawn; ; await wait(SOON * 2)) {
    drawn = await ask(`/experiment?${new URLSearchParams({ model, seed })}`);
    if (!told.isConnected) return;
    if (!drawn.ready) continue;
    run = { ...drawn, answers: [] };
    break;
  }
  history.replaceState(null, "", `#${new URLSearchParams({ view: "experiment", model, seed })}`);
  for (const { left, right } of run.trials) for (const work of [left, right]) new Image().src = address(work.picture);
  askNext();
}

/** The next question; after the last one, the score. */
function askNext() {
  const { trials, answers } = run, number = answers.length + 1, trial = trials[answers.length];
  if (!trial) return showResults(run, show, heading, () => offer());
  const began = performance.now();
  const side = (name) => {
    const button = make("button", { type: "button" }, make("img", { src: address(trial[name].picture), alt: say(`experiment.${name}Work`) }), make("span", { ariaHidden: "true", textContent: say(`experiment.${name}`) }));
    button.dataset.side = name;
    button.addEventListener("click", () => { answers.push({ side: name, seconds: (performance.now() - began) / 1000 }); askNext(); });
    return button;
  };
  show(
    make("p", { className: "quiet at", textContent: say("experiment.at", { number, all: trials.length }) }),
    make("progress", { max: trials.length, value: answers.length, ariaLabel: say("experiment.at", { number, all: trials.length }) }),
    heading(say(`experiment.ask_${trial.condition}`)),
    make("div", { className: `question given-${trial.condition}` },
      make("div", { className: "given" }, ...given(trial)),
      make("div", { className: "choice", role: "group", ariaLabel: say("experiment.choose") }, side("left"), side("right"))),
    make("p", { className: "quiet", textContent: say("experiment.keys") }));
}

/** A work without its words, and with no way to what is known of it. */
function pictures(work) {
  const card = workCard(work, true);
  for (const part of card.querySelectorAll("p, button")) part.remove();
  return card;
}

/** What is shown of the neuron: its image, its works, or both. */
function given({ condition, image, works }) {
  const figure = (text, ...inside) => make("figure", {}, ...inside, make("figcaption", { className: "quiet", textContent: text }));
  const list = () => make("ol", { className: "works", role: "list" }, ...works.map(pictures));
  return [
    ...(condition === "works" ? [] : [figure(say("experiment.itsImage"), make("img", { src: address(image.image), alt: say("experiment.imageAlt") }))]),
    ...(condition === "image" ? [] : [figure(say("experiment.itsWorks"), list())]),
  ];
}

/** Listen to the arrow keys, which answer. */
export function listenToExperiment() {
  document.addEventListener("keydown", (event) => {
    if (state.view !== "experiment" || document.querySelector("dialog[open]") || event.target.closest("input, select, textarea")) return;
    const button = KEYS[event.key] && $("experiment-view").querySelector(`[data-side="${KEYS[event.key]}"]`);
    if (button && !event.repeat) { event.preventDefault(); button.click(); }
  });
}
