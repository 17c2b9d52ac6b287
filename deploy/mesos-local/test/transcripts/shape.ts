/** What two JSON values have in common when ids, times and amounts are set aside: their keys and their types. */

export interface Difference {
  /** `frameworks[].tasks[].state`; an element of a list has no number. */
  readonly path: string;
  readonly what: string;
}

/**
 * Where `ours` has not the shape of `recorded`: keys that are missing, keys that nobody recorded, other types. Of a list the first
 * recorded element is compared with the one of its name, or the first; a list that was recorded with elements must have one.
 */
export function differences(recorded: unknown, ours: unknown, path = ''): Difference[] {
  const [wanted, got] = [kind(recorded), kind(ours)];
  if (wanted !== got) return [{ path, what: `is ${got}, was ${wanted}` }];
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    if (recorded.length === 0) return [];
    if (ours.length === 0) return [{ path: `${path}[]`, what: 'is empty' }];
    const [first] = recorded as unknown[];
    return differences(first, ours.find((element) => sameName(first, element)) ?? ours[0], `${path}[]`);
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

/** Resources and flags have names and no order. */
function sameName(a: unknown, b: unknown): boolean {
  return isObject(a) && isObject(b) && a['name'] !== undefined && a['name'] === b['name'];
}

function kind(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  return value === null ? 'null' : typeof value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Of a master, framework, agent, offer or container; or the uuid of an update, 16 bytes in base64. */
const ID = /^([0-9a-f]{8}-[0-9a-f-]{27}(-[SO]?\d+)?|[A-Za-z0-9+/]{22}==)$/;

/** Pairs of unlike ids at the same place: what the recording called so is called so here. */
export function renamed(recorded: unknown, ours: unknown, into: Map<string, string>): void {
  if (typeof recorded === 'string' && typeof ours === 'string') {
    if (recorded !== ours && ID.test(recorded)) into.set(recorded, ours);
    return;
  }
  if (Array.isArray(recorded) && Array.isArray(ours)) {
    recorded.forEach((element, i) => renamed(element, ours[i], into));
    return;
  }
  if (isObject(recorded) && isObject(ours))
    for (const [key, value] of Object.entries(recorded)) renamed(value, ours[key], into);
}
