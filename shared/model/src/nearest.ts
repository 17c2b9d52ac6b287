/** Words farther apart than this share of the longer one's length are not alike. */
const FAR = 0.5;
/** Longer words are not compared: the work is quadratic. */
const LENGTH_MAX = 300;

/** The word that was most likely meant, whatever its case; undefined when none is near. The first of equals. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const other of words) {
    const length = Math.max(word.length, other.length);
    if (length > LENGTH_MAX) continue;
    const far = distance(word.toLowerCase(), other.toLowerCase());
    if (far < least && far <= length * FAR) [best, least] = [other, far];
  }
  return best;
}

/** `; did you mean "job"?`, or nothing. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const near = nearest(word, words);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

/** Letters to insert, remove, replace or swap with their neighbour to get from one word to the other. */
export function distance(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const same = from[i - 1] === to[j - 1];
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + (same ? 0 : 1),
          swapped ? (before[j - 2] ?? 0) + 1 : Infinity,
        ),
      );
    }
    [before, last] = [last, row];
  }
  return last[to.length] ?? 0;
}
