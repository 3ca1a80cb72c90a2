/* The score of the reader's experiment against chance, its table, and what was measured. */

import { address, Refused } from "./api.js";
import { make, notify } from "./dom.js";
import { saveFile } from "./exports.js";
import { number, say } from "./language.js";
import { link } from "./route.js";
import { CHANCE, readTable, rowsOf, scoresOf, strongerOf, tableOf, verdictOn } from "./scores.js";
import { find } from "./state.js";
import { complain } from "./trouble.js";

const share = (value) => number(value, { style: "percent" });

/** Show the score once all questions are answered. */
export function showResults(run, show, heading, anew) {
  const rows = rowsOf(run, run.answers), scores = scoresOf(rows), all = scores.at(-1);
  const table = make("div", {}, scoreTable(scores));
  const button = (name, act) => {
    const element = make("button", { type: "button", textContent: say(`experiment.${name}`) });
    element.addEventListener("click", act);
    return element;
  };
  show(
    heading(say("experiment.score", { right: all.right, asked: all.asked })),
    make("p", { className: "lead", textContent: say(`experiment.${verdictOn(all)}`) }),
    table,
    make("p", { className: "quiet", textContent: say("experiment.interval") }), make("p", { className: "quiet", textContent: say("experiment.found") }),
    make("div", { className: "actions" },
      button("save", () => saveFile(`experiment-${run.seed}.csv`, "text/csv", `\ufeff${tableOf(rows)}`)),
      others(rows, table), button("again", anew), make("span", { role: "status", className: "notice quiet" })),
    make("h3", { textContent: say("experiment.measured") }),
    make("ol", { className: "answers", role: "list" }, ...run.trials.map((trial, i) => answered(trial, run.answers[i].side))));
}

/** A row for each condition: how many are right, and where the true share may lie, beside chance. */
function scoreTable(scores) {
  const head = ["shown", "right", "share", "range", "plot"].map((name) => make("th", { scope: "col", textContent: say(`experiment.${name}Head`) }));
  const row = (score) => make("tr", { className: `of-${score.condition}` },
    make("th", { scope: "row", textContent: say(`experiment.of_${score.condition}`) }),
    make("td", { textContent: say("experiment.of", { right: score.right, asked: score.asked }) }),
    make("td", { textContent: share(score.right / score.asked) }),
    make("td", { textContent: say("experiment.between", { low: share(score.low), high: share(score.high) }) }),
    make("td", {}, plot(score)));
  return make("table", { className: "scores" }, make("thead", {}, make("tr", {}, ...head)), make("tbody", {}, ...scores.map(row)));
}

function plot(score) {
  const part = (className, from, to = from) => make("i", { className, style: `left:${100 * from}%;width:${100 * (to - from)}%` });
  const words = say(`experiment.${verdictOn(score)}`);
  return make("div", { className: "plot", role: "img", ariaLabel: words, title: words }, part("chance", CHANCE), part("range", score.low, score.high), part("point", score.right / score.asked));
}

/** Take in the tables of others, and score all answers together. */
function others(rows, table) {
  const known = new Set([tableOf(rows)]);
  let together = rows;
  const input = make("input", { type: "file", accept: ".csv,text/csv", multiple: true });
  input.addEventListener("change", async () => {
    try {
      const files = await Promise.all([...input.files].map(async (file) => [file.name, await file.text()]));
      const news = files.map(([name, text]) => readTable(text, name)).filter((more) => !known.has(tableOf(more)) && known.add(tableOf(more)));
      together = [...together, ...news.flat()];
      table.replaceChildren(make("p", { textContent: say("experiment.together", { count: known.size }) }), scoreTable(scoresOf(together)));
    } catch (error) {
      if (error instanceof Refused) notify(error.message); else complain(error);
    }
    input.value = "";
  });
  return make("label", { className: "button file" }, say("experiment.others"), input);
}

/** A question, what was answered, and what was measured. */
function answered(trial, side) {
  const stronger = strongerOf(trial), isRight = side === stronger, { image } = trial;
  const work = (name) => make("img", { src: address(trial[name].picture), className: name === stronger ? "stronger" : "", loading: "lazy",
    alt: say(name === stronger ? "experiment.strongerAlt" : "experiment.weakerAlt", { title: trial[name].title ?? trial[name].file }) });
  const rounded = (name) => number(+trial[name].activation.toFixed(3), { maximumSignificantDigits: 3 });  // of a probability the rest says nothing
  return make("li", {}, make("div", { className: "two" }, work("left"), work("right")),
    make("p", {}, make("a", { href: link(image), textContent: (find(image) ?? image).title }), make("span", { className: "quiet", textContent: say(`experiment.of_${trial.condition}`) }),
      make("span", { textContent: say(isRight ? "experiment.wasRight" : "experiment.wasWrong", { side: say(`experiment.${side}`) }) }),
      make("span", { className: "quiet", textContent: say("experiment.activations", { left: rounded("left"), right: rounded("right") }) })));
}
