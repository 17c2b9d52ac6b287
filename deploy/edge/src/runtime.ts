import { connect } from 'node:net';
import { isRefusal } from './runtime-core.js';

const ANSWER_MS = 2_000;
/** `show stat` of a thousand slots is about 300 KB. */
const ANSWER_BYTES_MAX = 8 * 1024 * 1024;

/** One command on HAProxy's stats socket; rejects when there is no HAProxy, or no answer within 2 s. */
export function askHaproxy(socketPath: string, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    let answer = '';
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    socket.setEncoding('utf8');
    socket.setTimeout(ANSWER_MS, () => fail(new Error(`HAProxy gave no answer to "${command}"`)));
    socket.once('error', fail);
    socket.once('connect', () => socket.write(`${command}\n`));
    socket.on('data', (text: string) => {
      answer += text;
      if (answer.length > ANSWER_BYTES_MAX) fail(new Error(`HAProxy's answer to "${command}" is too long`));
    });
    socket.once('end', () => {
      socket.destroy();
      resolve(answer);
    });
  });
}

/** Commands in order; throws at the first that is refused. */
export async function commandHaproxy(socketPath: string, commands: readonly string[]): Promise<void> {
  for (const command of commands) {
    const answer = await askHaproxy(socketPath, command);
    if (isRefusal(answer)) throw new Error(`HAProxy refused "${command}": ${answer.trim()}`);
  }
}
