/* The answers of the reader's experiment as a table, and how many are right for each of its conditions. */

import { Refused } from "./api.js";
import { interval } from "./interval.js";
import { say } from "./language.js";

export const CONDITIONS = ["image", "works", "both"];
export const CHANCE = 0.5;
const COLUMNS = ["series", "question", "condition", "model", "layer", "neuron", "image", "left", "right", "left_activation", "right_activation", "answer", "correct", "seconds"];

/** A row for each answer. */
export const rowsOf = ({ model, seed, trials }, answers) => answers.map(({ side, seconds }, i) => {
  const { condition, image, left, right } = trials[i];
  return {
    series: seed, question: i + 1, condition, model, layer: image.layer, neuron: image.neuron, image: image.id, left: left.file, right: right.file,
    left_activation: left.activation, right_activation: right.activation, answer: side, correct: Number(side === strongerOf(trials[i])), seconds: seconds.toFixed(1),
  };
});

export const strongerOf = ({ left, right }) => (left.activation > right.activation ? "left" : "right");

export const tableOf = (rows) => [COLUMNS, ...rows.map((row) => COLUMNS.map((name) => row[name]))]
  .map((cells) => cells.map((cell) => `"${String(cell).replaceAll('"', '""')}"`).join(",")).join("\r\n") + "\r\n";

/** The rows of a table that this page saved; raises Refused with a sentence for any other. */
export function readTable(text, name) {
  const [head, ...rows] = text.replace(/^\ufeff/, "").split(/\r?\n/).filter(Boolean).map(cellsOf);
  const wrong = () => { throw new Refused(say("experiment.noTable", { name })); };
  if (head?.join() !== COLUMNS.join() || !rows.length || rows.length > 1000) wrong();
  return rows.map((cells) => {
    const row = Object.fromEntries(COLUMNS.map((column, i) => [column, cells[i]]));
    if (cells.length !== COLUMNS.length || !CONDITIONS.includes(row.condition) || !/^[01]$/.test(row.correct)) wrong();
    return { ...row, correct: Number(row.correct) };
  });
}

const cellsOf = (line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,"]*))/g)].map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain);

/** How many answers are right under each condition, and in all, with the exact interval. */
export function scoresOf(rows) {
  const score = (condition, some) => {
    const right = some.filter(({ correct }) => correct).length;
    return { condition, right, asked: some.length, ...interval(right, some.length) };
  };
  const each = CONDITIONS.map((condition) => score(condition, rows.filter((row) => row.condition === condition))).filter(({ asked }) => asked);
  return [...each, score("all", rows)];
}

/** Which sentence a score deserves. */
export const verdictOn = ({ low, high }) => (low > CHANCE ? "above" : high < CHANCE ? "below" : "chance");
