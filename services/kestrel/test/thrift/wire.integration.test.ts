import { jest } from '@jest/globals';
import { stopAll } from '@murmur/testkit';
import { createThriftAcceptor } from '../../src/thrift/connection.js';
import { startHost } from '../socket/host.js';
import { call, fault, reply, string } from './bytes.js';
import { doWithoutUuid } from './library.js';
import { CONFIG, says } from './transcript.js';
import { TRANSCRIPTS } from './transcripts/index.js';
import { MALFORMED } from './transcripts/messages.js';

jest.setTimeout(60_000);
doWithoutUuid();

afterEach(stopAll);

describe.each([
  ['in one piece', false],
  ['byte by byte', true],
])('thrift on the wire, %s', (_how, split) => {
  it.each(TRANSCRIPTS)('%s', async (_name, steps) => {
    const host = await startHost(createThriftAcceptor, CONFIG);
    const wire = await host.connect();
    await wire.play(steps, { split });
  });

  it.each(MALFORMED)('%s ends its connection and disturbs no other', async (_what, bytes) => {
    const host = await startHost(createThriftAcceptor, CONFIG);
    const [wire, other] = [await host.connect(), await host.connect()];
    const sending = split ? wire.sendByteByByte(bytes) : wire.send(bytes);
    await sending.catch(() => undefined);
    await wire.expectClosed();
    await other.play(says(call('get_version'), reply('get_version', string(0, '0.1.0'))));
  });
});

it('a frame that is too large is refused by name, before it is there', async () => {
  const host = await startHost(createThriftAcceptor);
  const wire = await host.connect();
  const begin = call('put', string(1, 'q')).slice(4);
  await wire.send(`\x7f\xff\xff\xff${begin}${'x'.repeat(1000)}`);
  await wire.expect(fault('put', 7, 'Frame larger than 67174400 bytes.'));
  await wire.expectClosed();
});
