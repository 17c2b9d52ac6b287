/** What two JSON values have in common when ids, times and amounts are set aside: their keys and their types. */

export interface Difference {
  /** `frameworks[].tasks[].state`; an element of a list has no number. */
  readonly path: string;
  readonly what: string;
}

/**
 * Where `ours` has not the shape of `recorded`: keys that are missing, keys that nobody recorded, other types. Of lists the first
 * elements are compared; a list that was recorded with elements must have one.
 */
export function differences(recorded: unknown, ours: unknown, path = ''): Difference[] {
  const [wanted, got] = [kind(recorded), kind(ours)];
  if (wanted !== got) return [{ path, what: `is ${got}, was ${wanted}` }];
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    if (recorded.length === 0) return [];
    if (ours.length === 0) return [{ path: `${path}[]`, what: 'is empty' }];
    return differences(recorded[0], ours[0], `${path}[]`);
  }
  if (!isObject(recorded) || !isObject(ours)) return [];
  const below = (key: string): string => (path === '' ? key : `${path}.${key}`);
  const keys = [...new Set([...Object.keys(recorded), ...Object.keys(ours)])];
  return keys.flatMap((key) => {
    if (!Object.hasOwn(ours, key)) return [{ path: below(key), what: 'is missing' }];
    if (!Object.hasOwn(recorded, key)) return [{ path: below(key), what: 'was not recorded' }];
    return differences(recorded[key], ours[key], below(key));
  });
}

function kind(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Pairs of unlike strings at the same place: what the recording called so is called so here. */
export function renamed(recorded: unknown, ours: unknown, into: Map<string, string>): void {
  if (typeof recorded === 'string' && typeof ours === 'string') {
    if (recorded !== ours && /^[\w+/=.-]{6,}$/.test(recorded)) into.set(recorded, ours);
    return;
  }
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    recorded.forEach((element, i) => renamed(element, ours[i], into));
    return;
  }
  if (isObject(recorded) && isObject(ours))
    for (const [key, value] of Object.entries(recorded)) renamed(value, ours[key], into);
}
