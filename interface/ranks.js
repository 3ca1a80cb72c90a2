/* Ranks of two numbers for each picture. */

/** Spearman's: the correlation of ranks; equal values share theirs. */
export function rankCorrelation(one, other) {
  const [a, b] = [one, other].map(ranks), middle = (a.length + 1) / 2;
  const sum = (f) => a.reduce((all, _, i) => all + f(a[i] - middle, b[i] - middle), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y) || 1);
}

const ranks = (values) => values.map((value) => values.filter((other) => other < value).length + (values.filter((other) => other === value).length + 1) / 2);

/** Those that no other beats in both, the most faithful first. */
export function frontier(drawn, measure) {
  const beats = (one, other) => one.excites >= other.excites && one[measure] <= other[measure] && (one.excites > other.excites || one[measure] < other[measure]);
  return drawn.filter((each) => !drawn.some((other) => beats(other, each))).sort((a, b) => b.excites - a.excites);
}
