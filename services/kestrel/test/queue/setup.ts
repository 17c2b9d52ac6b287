import { ConfigBook } from '../../src/config/book-core.js';
import { parseConfig, QUEUE_DEFAULTS } from '../../src/config/schema.js';
import type { Hub } from '../../src/queue/session-core.js';
import { makeHub, TestClient } from '../hub.js';

export const NOW = 1_700_000_000_000;

/** A server with a queue `q` of this config, and a client. */
export function setup(queue: object, ...others: object[]) {
  const hub = makeHub({ queues: [{ name: 'q', ...queue }, ...others] });
  return { hub, client: new TestClient(hub) };
}

export function reload(hub: Hub, config: unknown, now = NOW): void {
  hub.registry.reload(new ConfigBook(parseConfig(config), QUEUE_DEFAULTS), now);
}

/** Sets items on `q`; answers what was said to each. */
export function fill(client: TestClient, items: readonly string[], now = NOW, seconds = 0): string[] {
  return items.map((item) => client.set('q', item, now, seconds));
}

/** Takes all that is there. */
export function drain(client: TestClient, queue: string, now = NOW): string[] {
  const items: string[] = [];
  for (let item = client.get(queue, now); item !== 'END'; item = client.get(queue, now)) items.push(item);
  return items;
}
