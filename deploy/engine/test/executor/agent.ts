/** An agent's executor API that does as it is told: each SUBSCRIBE and each call is kept, and answered by the test. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { encodeRecord } from '../../src/wire/recordio-core.js';

export interface ScriptedCall {
  readonly type: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Record<string, unknown>;
}

export interface Subscription extends ScriptedCall {
  event(event: object): void;
  /** Bytes that are no event. */
  raw(bytes: string): void;
  end(): void;
  cut(): void;
}

export interface ScriptedAgent {
  readonly endpoint: string;
  readonly subscriptions: Subscription[];
  readonly calls: ScriptedCall[];
  /** The status code of the next SUBSCRIBE (`null`: 200 and a stream), and of each call. */
  subscribeStatus: number | null;
  callStatus: number;
  stop(): Promise<void>;
}

export const SUBSCRIBED = {
  type: 'SUBSCRIBED',
  subscribed: {
    executor_info: { executor_id: { value: 'e1' } },
    framework_info: { user: 'root', name: 'f', id: { value: 'f1' } },
    agent_info: { hostname: 'h1', id: { value: 'a1' } },
  },
};

export async function startScriptedAgent(): Promise<ScriptedAgent> {
  const streams = new Set<ServerResponse>();
  const server = createServer((request, response) => {
    void bodyOf(request).then((text) => {
      const body = JSON.parse(text) as Record<string, unknown>;
      const call = { type: String(body['type']), headers: request.headers, body };
      if (call.type !== 'SUBSCRIBE') {
        agent.calls.push(call);
        response.writeHead(agent.callStatus).end(agent.callStatus === 202 ? '' : 'because');
      } else if (agent.subscribeStatus !== null) {
        response.writeHead(agent.subscribeStatus).end('not now');
      } else {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.flushHeaders();
        streams.add(response);
        agent.subscriptions.push({
          ...call,
          event: (event) => void response.write(encodeRecord(JSON.stringify(event))),
          raw: (bytes) => void response.write(bytes),
          end: () => void response.end(),
          cut: () => void response.destroy(),
        });
      }
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const agent: ScriptedAgent = {
    endpoint: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    subscriptions: [],
    calls: [],
    subscribeStatus: null,
    callStatus: 202,
    stop: () =>
      new Promise((done) => {
        for (const stream of streams) stream.destroy();
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
  return agent;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
