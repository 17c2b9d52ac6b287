import { jest } from '@jest/globals';
import { stopAll } from '@murmur/testkit';
import type { Log } from '@murmur/service';
import { createThriftAcceptor } from '../../src/thrift/connection.js';
import { startHost } from '../socket/host.js';
import { call, reply, string } from './bytes.js';
import { doWithoutUuid } from './library.js';

jest.setTimeout(60_000);
doWithoutUuid();
afterEach(stopAll);

it("each client that comes while thrift's library cannot be loaded is cut off and told of in the log, and the next tries again", async () => {
  const told: unknown[] = [];
  const nothing = (): void => undefined;
  const log: Log = {
    debug: nothing,
    info: nothing,
    warn: nothing,
    error: (...line: readonly unknown[]) => told.push(line),
    child: () => log,
  };
  const err = new Error('no such file');
  let failures = 2;
  const load = async () => {
    if ((failures -= 1) >= 0) throw err;
    return (await import('../../src/thrift/speaker.js')).ThriftSpeaker;
  };
  const host = await startHost((services) => createThriftAcceptor(services, load), {}, { log });
  const line = [{ err }, "thrift's library cannot be loaded; its client is cut off"];
  for (const lines of [[line], [line, line]]) {
    await (await host.connect()).expectClosed();
    expect(told).toEqual(lines);
  }
  const wire = await host.connect();
  await wire.send(call('get_version'));
  await wire.expect(reply('get_version', string(0, '0.1.0')));
  expect(told).toHaveLength(2);
});

it("what a client says before thrift's library is there is answered once it is", async () => {
  let loaded: () => void = () => undefined;
  const wait = new Promise<void>((resolve) => (loaded = resolve));
  const load = async () => {
    await wait;
    return (await import('../../src/thrift/speaker.js')).ThriftSpeaker;
  };
  const host = await startHost((services) => createThriftAcceptor(services, load));
  const wire = await host.connect();
  await wire.send(call('get_version'));
  await new Promise((resolve) => setTimeout(resolve, 50));
  loaded();
  await wire.expect(reply('get_version', string(0, '0.1.0')));
});
