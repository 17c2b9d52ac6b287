import type { Distribution } from '../queue/distribution-core.js';
import type { Figures } from './figures-core.js';

/** Lookers that are remembered; of more, the one that has not looked for longest is forgotten. */
export const LOOKERS_MAX = 16;

/** Counters and distributions as a looker last saw them. */
interface Seen {
  readonly counters: ReadonlyMap<string, number>;
  readonly metrics: ReadonlyMap<string, Distribution>;
}

interface Window {
  since: Seen;
  sinceTime: number;
  /** What the last whole window held. */
  last: Figures | null;
}

/** Remembers who looked at the figures, so that they see what has changed since. Gauges and labels are as they are. */
export class Looks {
  readonly #namespaces = new Map<string, Seen>();
  readonly #windows = new Map<number, Window>();

  /** What has been counted since this namespace last looked; at its first look, since the start. */
  ofNamespace(name: string, figures: Figures): Figures {
    const before = this.#namespaces.get(name);
    remember(this.#namespaces, name, copyOf(figures));
    return before === undefined ? figures : difference(figures, before);
  }

  /**
   * What was counted in the last whole window of `seconds`. A window ends at the first look after its time, so it may be
   * longer; until there is a whole one, everything so far.
   */
  ofWindow(seconds: number, figures: Figures, now: number): Figures {
    const window = this.#windows.get(seconds);
    if (window === undefined) {
      remember(this.#windows, seconds, { since: copyOf(figures), sinceTime: now, last: null });
      return figures;
    }
    remember(this.#windows, seconds, window);
    if (now - window.sinceTime >= seconds * 1000) {
      window.last = difference(figures, window.since);
      window.since = copyOf(figures);
      window.sinceTime = now;
    }
    const { gauges, labels } = figures;
    return window.last === null ? figures : { ...window.last, gauges, labels };
  }
}

/** Puts it last, as the one that was used last. */
function remember<K, V>(map: Map<K, V>, key: K, value: V): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (map.size > LOOKERS_MAX && oldest !== undefined) map.delete(oldest);
}

function copyOf({ counters, metrics }: Figures): Seen {
  return {
    counters: new Map(counters),
    metrics: new Map([...metrics].map(([name, distribution]) => [name, distribution.copy()])),
  };
}

/** A queue that has been deleted and made anew counts from zero: then there is nothing to subtract. */
function difference(figures: Figures, before: Seen): Figures {
  const counters = new Map<string, number>();
  for (const [name, value] of figures.counters) {
    const old = before.counters.get(name) ?? 0;
    counters.set(name, value >= old ? value - old : value);
  }
  const metrics = new Map<string, Distribution>();
  for (const [name, distribution] of figures.metrics) {
    const old = before.metrics.get(name);
    const grown = old !== undefined && distribution.count >= old.count;
    const since = grown ? distribution.since(old) : distribution;
    if (since.count > 0) metrics.set(name, since);
  }
  return { ...figures, counters, metrics };
}
