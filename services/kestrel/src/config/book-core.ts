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

  constructor(config: ServerConfig, builtIn: QueueConfig) {
    this.#defaults = merge(builtIn, config.default);
    for (const queue of config.queues) {
      if (queue.name.includes('*')) this.#patterns.push({ regex: globToRegex(queue.name), config: queue });
      else this.#exact.set(queue.name, queue);
    }
    // The pattern with the most literal text wins; of equals, the first in the file (sort is stable).
    this.#patterns.sort((a, b) => literal(b.config.name) - literal(a.config.name));
  }

  /** Per unset field: the queue's own entry, for a child its parent's, then `default`, then the built-in value. */
  resolve(name: string): QueueConfig {
    const parent = parentOf(name);
    const own = this.#entry(name);
    return parent === null
      ? merge(this.#defaults, own)
      : { ...merge(this.resolve(parent), own), ...PARENT_ONLY };
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

function merge(base: QueueConfig, over: PartialQueueConfig | undefined): QueueConfig {
  if (over === undefined) return base;
  const set = Object.entries(over).filter(([key, value]) => key in base && value !== undefined);
  return { ...base, ...(Object.fromEntries(set) as Partial<QueueConfig>) };
}
