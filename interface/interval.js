/* How sure a share is, of right answers among so many: the exact binomial interval of Clopper and Pearson (1934). */

const HALVINGS = 60;  // more than a number's digits

/** The chance of so many right answers or more, where each is right with the chance `share`. */
export function atLeast(right, asked, share) {
  if (right <= 0) return 1;
  if (share <= 0) return 0;
  if (share >= 1) return 1;
  let ways = 0, sum = 0;  // the logarithm of "asked over k"
  for (let k = 0; k <= asked; k++) {
    if (k > 0) ways += Math.log((asked - k + 1) / k);
    if (k >= right) sum += Math.exp(ways + k * Math.log(share) + (asked - k) * Math.log1p(-share));
  }
  return Math.min(sum, 1);
}

/** The share from 0 to 1 at which a function that rises with it reaches a level. */
function reached(level, rises) {
  let low = 0, high = 1;
  for (let i = 0; i < HALVINGS; i++) {
    const middle = (low + high) / 2;
    if (rises(middle) < level) low = middle; else high = middle;
  }
  return (low + high) / 2;
}

/** The shares between which the true one lies, at this confidence: {low, high}. */
export function interval(right, asked, confidence = 0.95) {
  const outside = (1 - confidence) / 2;
  return {
    low: right === 0 ? 0 : reached(outside, (share) => atLeast(right, asked, share)),
    high: right === asked ? 1 : reached(1 - outside, (share) => atLeast(right + 1, asked, share)),
  };
}
