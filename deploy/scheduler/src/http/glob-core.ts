/**
 * Whether a text is as a pattern says: `*` is any text, `?` any one character, everything else itself. It never tries more than pattern x
 * text steps: there is no pattern that hangs it.
 */
export function globMatches(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  /** Where the last star was, and how much of the text it has taken. */
  let star = -1;
  let taken = 0;
  while (t < text.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++;
      taken = t;
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === text[t])) {
      p++;
      t++;
    } else if (star >= 0) {
      p = star + 1;
      t = ++taken;
    } else return false;
  }
  while (pattern[p] === '*') p++;
  return p === pattern.length;
}

/** Patterns for the parts of a job key; undefined: any. */
export interface JobFilter {
  readonly role?: string | undefined;
  readonly environment?: string | undefined;
  readonly name?: string | undefined;
}

/** A test of job keys (`role/environment/name`); null when every job passes. */
export function jobFilter({ role, environment, name }: JobFilter): ((job: string) => boolean) | null {
  const patterns = [role, environment, name];
  if (patterns.every((pattern) => pattern === undefined)) return null;
  return (job) => {
    const parts = job.split('/');
    if (parts.length !== patterns.length) return false;
    return patterns.every((pattern, i) => pattern === undefined || globMatches(pattern, parts[i] ?? ''));
  };
}
