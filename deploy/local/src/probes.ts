import { connect } from 'node:net';

/** Null when the process can do its work, else why not. Rejects when it gives no answer. */
export type Probe = () => Promise<string | null>;

const PROBE_MS = 2_000;
const REASON_CHARS_MAX = 200;

/** `GET /health`: 200 is well, anything else is the reason. */
export function httpProbe(port: number, path = '/health'): Probe {
  return async () => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal: AbortSignal.timeout(PROBE_MS) });
    const text = (await answer.text()).slice(0, REASON_CHARS_MAX);
    return answer.status === 200 ? null : text;
  };
}

/** Sends a line and wants an answer that begins with `expected`. */
export function wireProbe(port: number, question: string, expected: string): Probe {
  return async () => {
    const answer = await askPort(port, question);
    return answer.startsWith(expected)
      ? null
      : `answered ${JSON.stringify(answer.slice(0, REASON_CHARS_MAX))}`;
  };
}

export function askPort(port: number, question: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(question));
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setTimeout(PROBE_MS, () => fail(new Error('no answer')));
    socket.once('error', fail);
    socket.once('end', () => fail(new Error('closed without an answer')));
    socket.once('data', (bytes) => {
      socket.destroy();
      resolve(bytes.toString('latin1'));
    });
  });
}
