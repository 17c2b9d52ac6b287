import { staticServerSet, type StaticServerSet } from '@murmur/discovery';
import { startMemcached, type TestServer } from '@murmur/testkit';

export const quietLog = { info: () => undefined, warn: () => undefined };

export interface Pool {
  readonly servers: readonly TestServer[];
  readonly serverSet: StaticServerSet;
  stop(): Promise<void>;
}

/** Real memcacheds in one ServerSet. */
export async function startPool(count: number): Promise<Pool> {
  const servers = await Promise.all(Array.from({ length: count }, () => startMemcached()));
  const serverSet = staticServerSet(servers.map(({ host, port }) => ({ host, port })));
  return {
    servers,
    serverSet,
    async stop() {
      await Promise.all(servers.map((server) => server.stop()));
    },
  };
}

/** A promise with its resolver outside. */
export function gate(): { readonly opened: Promise<void>; open(): void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}
