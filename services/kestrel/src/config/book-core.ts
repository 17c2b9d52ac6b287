import type { NamedQueueConfig, PartialQueueConfig, QueueConfig, ServerConfig } from './schema.js';

/** Fields that say how a parent spreads; a child does not take them over. */
const PARENT_ONLY = { fanoutOnly: false } as const;

/** `statuses+fanout` -> `statuses`; null for a queue that is no child. Everything before the first `+` is the parent. */
export function parentOf(name: string): string | null {
  const at = name.indexOf('+');
  return at > 0 ? name.slice(0, at) : null;
}

/** Answers, for any queue name, what holds for it. Results are cached by the caller, one per living queue. */
export class ConfigBook {
  readonly #defaults: QueueConfig;
  readonly #exact = new Map<string, NamedQueueConfig>();
  readonly #patterns: { readonly regex: RegExp; readonly config: NamedQueueConfig }[] = [];

  readonly #aliases: ReadonlyMap<string, readonly string[]>;
  /** Results, by what they are made of: queues with the same entries share one. */
  readonly #ofQueues = new Map<NamedQueueConfig, QueueConfig>();
  readonly #ofChildren = new Map<QueueConfig, Map<NamedQueueConfig | null, QueueConfig>>();

  constructor(config: ServerConfig, builtIn: QueueConfig) {
    this.#defaults = merge(builtIn, config.default);
    this.#aliases = new Map(config.aliases.map(({ name, destinations }) => [name, destinations]));
    for (const queue of config.queues) {
      if (queue.name.includes('*')) this.#patterns.push({ regex: globToRegex(queue.name), config: queue });
      else this.#exact.set(queue.name, queue);
    }
    // The pattern with the most literal text wins; of equals, the first in the file (sort is stable).
    this.#patterns.sort((a, b) => literal(b.config.name) - literal(a.config.name));
  }

  /**
   * Per unset field: the queue's own entry, for a child its parent's, then `default`, then the built-in value.
   * The same object for all queues with the same entries.
   */
  resolve(name: string): QueueConfig {
    const parent = parentOf(name);
    if (parent === null) return this.#resolveQueue(name);
    const base = this.#resolveQueue(parent);
    const own = this.#entry(name) ?? null;
    let known = this.#ofChildren.get(base);
    if (known === undefined)
      this.#ofChildren.set(base, (known = new Map<NamedQueueConfig | null, QueueConfig>()));
    let config = known.get(own);
    if (config === undefined) known.set(own, (config = { ...merge(base, own), ...PARENT_ONLY }));
    return config;
  }

  /** The names that stand for queues, and for which. */
  aliases(): ReadonlyMap<string, readonly string[]> {
    return this.#aliases;
  }

  /** The full names of the children declared for a queue. */
  children(name: string): readonly string[] {
    return (this.#entry(name)?.children ?? []).map((child) => `${name}+${child}`);
  }

  /** Queues with declared children that are no patterns: they exist from the start. */
  declaredParents(): readonly string[] {
    return [...this.#exact.values()]
      .filter((queue) => (queue.children?.length ?? 0) > 0)
      .map((queue) => queue.name);
  }

  #resolveQueue(name: string): QueueConfig {
    const own = this.#entry(name);
    if (own === undefined) return this.#defaults;
    let config = this.#ofQueues.get(own);
    if (config === undefined) this.#ofQueues.set(own, (config = merge(this.#defaults, own)));
    return config;
  }

  #entry(name: string): NamedQueueConfig | undefined {
    return this.#exact.get(name) ?? this.#patterns.find(({ regex }) => regex.test(name))?.config;
  }
}

function literal(pattern: string): number {
  return pattern.replaceAll('*', '').length;
}

/** `*` stands for any text without a `+`, so that a pattern for parents does not catch their children. */
function globToRegex(pattern: string): RegExp {
  const parts = pattern.split('*').map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'));
  return new RegExp(`^${parts.join('[^+]*')}$`);
}

function merge(base: QueueConfig, over: PartialQueueConfig | null): QueueConfig {
  if (over === null) return base;
  const set = Object.entries(over).filter(([key, value]) => key in base && value !== undefined);
  return { ...base, ...(Object.fromEntries(set) as Partial<QueueConfig>) };
}
