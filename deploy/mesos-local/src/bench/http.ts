import { Agent, request, type IncomingMessage } from 'node:http';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Connections that a client keeps; every one of them has one request under way at most. */
export const CONNECTIONS = 16;

/** Posts JSON over kept connections. */
export interface Poster {
  /** On a connection of its own. Resolves with the answer's head; its body, which may be endless, is to be read. */
  open(path: string, body: string): Promise<IncomingMessage>;
  /** Resolves once the answer was read. Throws on any other status than `expected`. */
  post(
    path: string,
    body: string,
    headers: Readonly<Record<string, string>>,
    expected: number,
  ): Promise<void>;
  close(): void;
}

export function createPoster(address: Address): Poster {
  const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS });
  return {
    open: (path, body) => send(address, path, body, {}, false),
    post: async (path, body, headers, expected) => {
      const answer = await send(address, path, body, headers, agent);
      const text = await textOf(answer);
      if (answer.statusCode === expected) return;
      throw new Error(`${path} answered ${answer.statusCode ?? 0}, expected ${expected}: ${text}`);
    },
    close: () => {
      agent.destroy();
    },
  };
}

function send(
  { host, port }: Address,
  path: string,
  body: string,
  headers: Readonly<Record<string, string>>,
  agent: Agent | false,
): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const length = Buffer.byteLength(body);
    const all = { 'content-type': 'application/json', 'content-length': length, ...headers };
    const call = request({ host, port, path, method: 'POST', headers: all, agent }, resolve);
    call.once('error', reject);
    call.end(body);
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of answer as AsyncIterable<Buffer>) text += chunk.toString('utf8');
  return text;
}
