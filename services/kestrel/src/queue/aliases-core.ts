import type { Alias, Family } from './route-core.js';

/** The names that stand for queues, kept up to date with the targets of these. */
export class Aliases {
  #byName = new Map<string, Alias>();
  #byDestination = new Map<string, Alias[]>();
  readonly #family: (name: string) => Family | undefined;

  /** `family` answers a queue by its name. */
  constructor(family: (name: string) => Family | undefined) {
    this.#family = family;
  }

  all(): Iterable<Alias> {
    return this.#byName.values();
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }

  /** Replaces all aliases; one that was there before keeps its counts. */
  set(aliases: ReadonlyMap<string, readonly string[]>): void {
    const before = this.#byName;
    this.#byName = new Map();
    this.#byDestination = new Map();
    for (const [name, destinations] of aliases) {
      const { putItems, putBytes } = before.get(name) ?? { putItems: 0, putBytes: 0 };
      const alias: Alias = {
        kind: 'alias',
        name,
        destinations,
        targets: [],
        ticket: null,
        putItems,
        putBytes,
      };
      this.#byName.set(name, alias);
      for (const to of destinations) {
        const others = this.#byDestination.get(to);
        if (others === undefined) this.#byDestination.set(to, [alias]);
        else others.push(alias);
      }
      this.#retarget(alias);
    }
  }

  /** A queue is there, is gone, or has other targets. */
  changed(name: string): void {
    const aliases = this.#byDestination.get(name);
    if (aliases !== undefined) for (const alias of aliases) this.#retarget(alias);
  }

  #retarget(alias: Alias): void {
    alias.targets = alias.destinations.flatMap((name) => this.#family(name)?.targets ?? []);
    alias.ticket = null;
  }
}
