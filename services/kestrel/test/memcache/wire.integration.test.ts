import { jest } from '@jest/globals';
import fc from 'fast-check';
import { readdir, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { connectWire, stopAll, type Wire } from '@murmur/testkit';
import { startTestKestrel, type TestKestrel } from '../server.js';
import { NO_NUMBERS, BAD_NAMES } from './transcripts/errors.js';
import { TRANSCRIPTS } from './transcripts/index.js';
import { setOf, valueOf, VERSION } from './transcript.js';

jest.setTimeout(60_000);

let kestrel: TestKestrel;

beforeEach(async () => {
  kestrel = await startTestKestrel({
    maxOpenTransactions: 1000,
    default: { maxItemSize: '64KiB' },
    queues: [{ name: 'memory', keepJournal: false }],
  });
});
afterEach(stopAll);

async function exchange(wire: Wire, sent: string, ...replies: readonly string[]): Promise<void> {
  await wire.send(sent);
  for (const reply of replies) await wire.expect(reply);
}

/** Sends everything, whatever comes back, until the server closes the connection; ends it itself otherwise. */
function shout(bytes: Buffer): Promise<string> {
  const socket = connect({ port: kestrel.memcachePort, host: '127.0.0.1', noDelay: true });
  let got = '';
  return new Promise((resolve) => {
    socket.on('data', (chunk) => (got += chunk.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(got));
    socket.end(bytes);
  });
}

describe('a client', () => {
  it('gets a batch of 500 from one monitor, and confirms it at once', async () => {
    const wire = await kestrel.connect();
    const items = Array.from({ length: 500 }, (_, i) => `item ${i}`);
    await exchange(wire, items.map((data) => setOf('q', data)).join(''), 'STORED\r\n'.repeat(500));
    await exchange(wire, 'monitor q 60 500\r\n', items.map((data) => valueOf('q', data)).join(''), 'END\r\n');
    await exchange(wire, 'confirm q 500\r\nget q\r\n', 'END\r\nEND\r\n');
  });

  it('can send far ahead and read late, and nothing is lost or out of order', async () => {
    const wire = await kestrel.connect();
    const data = 'x'.repeat(10_000);
    const rounds = 600;
    await wire.send(`${setOf('memory', data)}get memory/peek\r\n`.repeat(rounds));
    for (let i = 0; i < rounds; i += 1) await wire.expect(`STORED\r\n${valueOf('memory', data)}`);
  });

  it('can send far ahead of a wait, one byte at a time or all at once', async () => {
    const [wire, writer] = [await kestrel.connect(), await kestrel.connect()];
    const ahead = setOf('other', 'x'.repeat(60_000)).repeat(20);
    void wire.send(`get q/t=60000\r\n${ahead}`);
    await exchange(writer, setOf('q', 'a'), 'STORED\r\n');
    await wire.expect(valueOf('q', 'a') + 'STORED\r\n'.repeat(20));
  });

  it('that closes its side gets the answers to what it sent', async () => {
    expect(await shout(Buffer.from(`${setOf('q', 'a')}get q\r\nget q/t=60000\r\n`))).toBe(
      `STORED\r\n${valueOf('q', 'a')}`,
    );
  });

  it('that waits is never answered early', async () => {
    const wire = await kestrel.connect();
    for (const ms of [1, 25, 60]) {
      const started = Date.now();
      await exchange(wire, `get q/t=${ms}\r\n`, 'END\r\n');
      expect(Date.now() - started).toBeGreaterThanOrEqual(ms - 1);
    }
  });

  it('is told that the config was reloaded, also when it cannot be used', async () => {
    const wire = await kestrel.connect();
    await writeFile(kestrel.configFile, JSON.stringify({ default: { maxItemSize: 1 } }));
    await exchange(wire, `reload\r\n${setOf('q', 'ab')}`, 'Reloaded config.\r\nNOT_STORED\r\n');
    await writeFile(kestrel.configFile, '{ "default": { "maxItemSize": "large" } }');
    await exchange(wire, `reload\r\n${setOf('q', 'ab')}`, 'Reloaded config.\r\nNOT_STORED\r\n');
  });
});

describe('what is not allowed', () => {
  it('leaves nothing on disk, in the queue directory or beside it', async () => {
    const parent = dirname(kestrel.folder);
    const before = await readdir(parent);
    const names = [...BAD_NAMES, 'a/b', '/etc/x', '../../x', '', ...NO_NUMBERS.map((text) => `q.${text}`)];
    for (const name of names) {
      const key = name.replaceAll('/', '\\');
      for (const sent of [
        setOf(name, 'x'),
        `monitor ${name} 1\r\n`,
        `get ${key}.\r\n`,
        `get ${key}~/open\r\n`,
      ]) {
        const wire = await kestrel.connect();
        await exchange(wire, sent, 'CLIENT_ERROR\r\n');
        await wire.expectClosed();
      }
      await shout(Buffer.from(`delete ${name}\r\nflush ${name}\r\n`, 'latin1'));
    }
    expect(await readdir(kestrel.folder)).toEqual([]);
    expect(await readdir(parent)).toEqual(before);
  });

  it('disturbs nobody else, however it is mixed', async () => {
    const said = TRANSCRIPTS.flatMap(({ steps }) =>
      steps.flatMap(([, does, bytes]) =>
        does === 'sends' && !/shutdown|status|t=\d{4}|monitor/i.test(bytes) ? [bytes] : [],
      ),
    );
    const rubbish = fc
      .array(
        fc.oneof(
          fc.constantFrom(...said),
          fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
        ),
        { minLength: 1, maxLength: 20 },
      )
      .map((texts) => texts.join('').replaceAll('delete', 'flush').replaceAll('flush', 'get'))
      .filter((text) => !/mine|shutdown|status/i.test(text));
    const quiet = await connectWire(kestrel.memcachePort);
    await fc.assert(
      fc.asyncProperty(fc.array(rubbish, { minLength: 1, maxLength: 4 }), async (texts) => {
        const others = Promise.all(texts.map((text) => shout(Buffer.from(text, 'latin1'))));
        for (const data of ['a', 'bc', 'x'.repeat(3000)]) {
          await exchange(
            quiet,
            `${setOf('mine', data)}get mine/open\r\n`,
            'STORED\r\n',
            valueOf('mine', data),
          );
          await exchange(
            quiet,
            'get mine/close\r\nget mine\r\nversion\r\n',
            `END\r\nEND\r\nVERSION ${VERSION}\r\n`,
          );
        }
        for (const got of await others)
          expect(got).toMatch(
            /^(VALUE|STORED|NOT_STORED|END|CLIENT_ERROR|SERVER_ERROR|ERROR|DELETED|STAT|VERSION|UP|Flushed|Reloaded|queue|\d|\r|$)/,
          );
      }),
      { numRuns: 60 },
    );
  });
});
