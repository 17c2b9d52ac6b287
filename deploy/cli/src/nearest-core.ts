/** Farther than this share of the longer word is no neighbour. */
const NEAR_SHARE = 0.5;
/** Longer words are not compared: the table is quadratic. */
const LENGTH_MAX = 300;

/** How many letters must be added, removed, replaced or swapped to make one of the other. */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min(at(row, j) + 1, at(next, j - 1) + 1, at(row, j - 1) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, at(before, j - 2) + 1);
      next.push(least);
    }
    before = row;
    row = next;
  }
  return at(row, b.length);
}

/** The word that was most likely meant; undefined when none is near. The first of equals. */
export function nearest(word: string, words: Iterable<string>): string | undefined {
  let best: { readonly word: string; readonly distance: number } | undefined;
  for (const candidate of words) {
    if (Math.max(word.length, candidate.length) > LENGTH_MAX) continue;
    const away = distance(word.toLowerCase(), candidate.toLowerCase());
    if (away <= Math.max(word.length, candidate.length) * NEAR_SHARE && away < (best?.distance ?? Infinity))
      best = { word: candidate, distance: away };
  }
  return best?.word;
}

/** `; did you mean "job"?`, or nothing. */
export function didYouMean(word: string, words: Iterable<string>): string {
  const near = nearest(word, words);
  return near === undefined ? '' : `; did you mean "${near}"?`;
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Infinity;
}
