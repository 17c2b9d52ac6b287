import type { RowCache } from '@murmur/cache';
import type { OauthToken } from '@murmur/store';
import express, { type Express, type RequestHandler } from 'express';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { apiErrors } from '../src/index.js';

export interface MemoryRows extends RowCache {
  readonly values: Map<string, Buffer>;
  away: boolean;
}

/** A row cache in a map, that can be told to be away. */
export function memoryRows(): MemoryRows {
  const values = new Map<string, Buffer>();
  const counters = new Map<string, number>();
  const rows: MemoryRows = {
    values,
    away: false,
    get: async (key) => (rows.away ? null : (values.get(key) ?? null)),
    getMany: async (keys) => new Map([...values].filter(([key]) => keys.includes(key))),
    set: async (key, value) => {
      if (!rows.away) values.set(key, value);
      return !rows.away;
    },
    add: async (key, value) => {
      if (rows.away) return 'unavailable';
      if (values.has(key)) return 'exists';
      values.set(key, value);
      return 'stored';
    },
    delete: async (key) => {
      values.delete(key);
      return !rows.away;
    },
    increment: async (key, by) => {
      if (rows.away) return null;
      const next = (counters.get(key) ?? 0) + by;
      counters.set(key, next);
      return next;
    },
    close: () => undefined,
  };
  return rows;
}

export function tokenStore(tokens: readonly OauthToken[]) {
  const asked: string[] = [];
  return {
    asked,
    tokenByHash: async (sha: string) => {
      asked.push(sha);
      return tokens.find((t) => t.tokenSha256 === sha) ?? null;
    },
  };
}

export interface TestApi {
  readonly url: string;
  readonly logged: unknown[];
  stop(): Promise<void>;
}

/** An Express app on a free port, with the error handler behind the routes. */
export async function serve(build: (app: Express) => void, ...before: RequestHandler[]): Promise<TestApi> {
  const app = express();
  const logged: unknown[] = [];
  for (const handler of before) app.use(handler);
  build(app);
  app.use(apiErrors({ log: { warn: (f) => logged.push(f), error: (f) => logged.push(f) } }));
  const server: Server = createServer(app);
  // A stalled machine must not let the server close a connection just as fetch takes it up again.
  server.keepAliveTimeout = 0;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    logged,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
