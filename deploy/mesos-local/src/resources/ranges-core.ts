import type { ValueRange } from '@murmur/engine';

/** Inclusive ranges of whole numbers: sorted, not overlapping, not touching. Everything here gives such lists back. */
export type Ranges = readonly ValueRange[];

/** Sorts and merges; ranges that touch (`1-2`, `3-4`) become one. Ranges whose end is before their begin vanish. */
export function normaliseRanges(ranges: Ranges): Ranges {
  if (isNormal(ranges)) return ranges;
  const sorted = ranges.filter((range) => range.begin <= range.end).sort((a, b) => a.begin - b.begin);
  const merged: ValueRange[] = [];
  for (const range of sorted) {
    const last = merged.at(-1);
    if (last === undefined || range.begin > last.end + 1) merged.push(range);
    else if (range.end > last.end) merged[merged.length - 1] = { begin: last.begin, end: range.end };
  }
  return merged;
}

function isNormal(ranges: Ranges): boolean {
  let end = -Infinity;
  for (const range of ranges) {
    if (range.begin > range.end || range.begin <= end + 1) return false;
    end = range.end;
  }
  return true;
}

export function addRanges(a: Ranges, b: Ranges): Ranges {
  return normaliseRanges([...a, ...b]);
}

/** What of `a` is not in `b`. Both must be normal. */
export function subtractRanges(a: Ranges, b: Ranges): Ranges {
  const rest: ValueRange[] = [];
  let at = 0;
  for (const range of a) {
    let begin = range.begin;
    while (at < b.length && (b[at]?.end ?? 0) < begin) at++;
    for (let i = at; i < b.length; i++) {
      const taken = b[i];
      if (taken === undefined || taken.begin > range.end) break;
      if (taken.begin > begin) rest.push({ begin, end: taken.begin - 1 });
      begin = taken.end + 1;
    }
    if (begin <= range.end) rest.push(begin === range.begin ? range : { begin, end: range.end });
  }
  return rest;
}

/** Whether every number of `b` is in `a`. Both must be normal. */
export function containsRanges(a: Ranges, b: Ranges): boolean {
  let at = 0;
  for (const range of b) {
    while (at < a.length && (a[at]?.end ?? 0) < range.begin) at++;
    const outer = a[at];
    if (outer === undefined || outer.begin > range.begin || outer.end < range.end) return false;
  }
  return true;
}

/** How many numbers the ranges hold. */
export function countRanges(ranges: Ranges): number {
  return ranges.reduce((sum, range) => sum + range.end - range.begin + 1, 0);
}

/** As Mesos prints them: `[31000-32000, 33000-33000]`. */
export function formatRanges(ranges: Ranges): string {
  return `[${ranges.map((range) => `${String(range.begin)}-${String(range.end)}`).join(', ')}]`;
}
