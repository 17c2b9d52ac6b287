import { jest } from '@jest/globals';
import { stopAll, type WireStep } from '@murmur/testkit';
import { acceptText } from '../../src/text/connection.js';
import { startHost, type Host } from '../socket/host.js';
import { CONFIG, FATAL, TRANSCRIPTS } from './transcripts.js';

jest.setTimeout(60_000);

let host: Host;
let runs = 0;

beforeAll(async () => {
  host = await startHost(() => acceptText, CONFIG);
});
afterAll(stopAll);

function named(steps: readonly WireStep[]): WireStep[] {
  runs += 1;
  return steps.map(([way, bytes]) => [
    way,
    typeof bytes === 'string' ? bytes.replace(/Q(?!U|u)/g, `q${runs}`) : bytes,
  ]);
}

describe.each([
  ['in one piece', false],
  ['byte by byte', true],
])('text on the wire, %s', (_how, split) => {
  it.each(TRANSCRIPTS)('%s', async (_name, steps) => {
    const wire = await host.connect();
    await wire.play(named(steps), { split });
    wire.close();
  });

  it.each(FATAL)('%j is answered %j and the connection closed', async (sent, last) => {
    const wire = await host.connect();
    const [out] = named([['>', sent]]);
    const bytes = String(out?.[1]);
    // The server may close before it has been sent everything.
    const sending = split ? wire.sendByteByByte(bytes) : wire.send(bytes);
    await sending.catch(() => undefined);
    await wire.expect(last);
    await wire.expectClosed();
  });
});
