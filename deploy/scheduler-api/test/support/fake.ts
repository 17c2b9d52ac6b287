/** An HTTP server that answers as the test says, and remembers what was asked. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly url: string;
  readonly authorization: string | undefined;
  readonly lastEventId: string | undefined;
  readonly body: string;
}

export type Answerer = (res: ServerResponse, asked: Asked, nth: number) => void;

export interface Fake {
  readonly url: string;
  readonly asked: Asked[];
  answer: Answerer;
  close(): Promise<void>;
}

export async function startFake(answer: Answerer = (res) => res.end('{}')): Promise<Fake> {
  const server = createServer((req, res) => {
    void readBody(req).then((body) => {
      const { authorization } = req.headers;
      const lastEventId = req.headers['last-event-id'] as string | undefined;
      const asked = { method: req.method ?? '', url: req.url ?? '', authorization, lastEventId, body };
      fake.asked.push(asked);
      fake.answer(res, asked, fake.asked.length);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: Fake = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

async function readBody(req: IncomingMessage): Promise<string> {
  let body = '';
  for await (const chunk of req) body += String(chunk);
  return body;
}

export function json(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

export function fail(res: ServerResponse, status: number, code: string, message = 'no'): void {
  json(res, status, { error: { code, message } });
}

export const OUTCOME = {
  job: { cluster: 'local', role: 'www', environment: 'prod', name: 'web' },
  text: 'done',
  instances: '0-2',
  count: 3,
};
export const PARAMS = { role: 'www', environment: 'prod', name: 'web' };
