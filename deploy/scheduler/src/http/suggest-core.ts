import { fieldRows, formatError, schema, type ConfigError } from '@murmur/job-config';

/** Errors of a config, one line each; a field that is not there comes with the nearest one that is. */
export function configErrorLines(errors: readonly ConfigError[]): readonly string[] {
  return errors.map((error) => {
    const hint = error.issue === 'unknown' ? nearestField(error) : null;
    return hint === null ? formatError(error) : `${formatError(error)}; did you mean ${hint}?`;
  });
}

/** The struct is named first in what is expected. */
function nearestField({ path, expected }: ConfigError): string | null {
  const struct = /^\w+/.exec(expected)?.[0] ?? '';
  const known = Object.hasOwn(schema, struct) ? schema[struct] : undefined;
  const field = /[^.[\]]+$/.exec(path)?.[0];
  if (known === undefined || field === undefined) return null;
  return nearest(
    field,
    fieldRows(known).map(({ name }) => name),
  );
}

/** Longer words are not compared. */
const WORD_CHARS_MAX = 64;

/** The word that is nearest by edits, if it is near: at most one edit for each three letters, and one. */
export function nearest(word: string, among: readonly string[]): string | null {
  if (word.length > WORD_CHARS_MAX) return null;
  const allowed = 1 + Math.floor(word.length / 3);
  const [best] = among
    .map((other) => ({ other, edits: distance(word.toLowerCase(), other.toLowerCase()) }))
    .filter(({ edits }) => edits <= allowed)
    .sort((a, b) => a.edits - b.edits);
  return best?.other ?? null;
}

/** How many letters are put in, taken out or changed from one to the other. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const above = row;
    row = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (above[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(changed, (above[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
  }
  return row[b.length] ?? 0;
}
