import { ConfigBook } from './book-core.js';
import { QUEUE_DEFAULTS, type QueueConfig, type ServerConfig } from './schema.js';

/** A config as it will be used: every field of every queue entry, with what it takes from its parent and the defaults. */
export interface ShownConfig extends Omit<ServerConfig, 'default' | 'queues'> {
  readonly default: QueueConfig;
  readonly queues: readonly (QueueConfig & { readonly name: string; readonly children: readonly string[] })[];
}

/** The whole of a config, for people. Queues without an entry of their own have what `default` says. */
export function shownConfig(config: ServerConfig): ShownConfig {
  const book = new ConfigBook({ ...config, queues: [] }, QUEUE_DEFAULTS);
  const whole = new ConfigBook(config, QUEUE_DEFAULTS);
  return {
    ...config,
    default: book.resolve('any'),
    queues: config.queues.map(({ name, children }) => ({
      name,
      children: children ?? [],
      ...whole.resolve(name),
    })),
  };
}
