import { jest } from '@jest/globals';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createLog, type Log } from '@murmur/service';
import { stopAll, tempFolder, type Wire } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

async function change(wire: Wire, status: string): Promise<void> {
  await wire.play([
    ['>', `status ${status}\r\n`],
    ['<', 'END\r\n'],
  ]);
}

async function told(wire: Wire): Promise<string> {
  await wire.send('status\r\n');
  return wire.readUntil();
}

/** A log that keeps its warnings. */
function keepingLog(): { log: Log; warnings: string[] } {
  const warnings: string[] = [];
  const log: Log = {
    ...createLog({ name: 'test', level: 'error' }),
    warn: (_, message) => void warnings.push(message),
  };
  const quiet = (): void => undefined;
  return { log: { ...log, debug: quiet, info: quiet, error: quiet, child: () => log }, warnings };
}

describe('the status of a server', () => {
  it('is kept in a file among the journals, which is no queue, and found there at the next start', async () => {
    const queuePath = join(await tempFolder('kestrel'), 'queues');
    const first = await startTestKestrel({}, { queuePath });
    await change(await first.connect(), 'READONLY');
    expect(await readFile(join(queuePath, '.status'), 'utf8')).toBe('readOnly\n');
    await first.stop();
    expect(await readdir(queuePath)).not.toContain('.status.new');
    const second = await startTestKestrel({}, { queuePath });
    const wire = await second.connect();
    expect(await told(wire)).toBe('READONLY');
    await wire.play([
      ['>', 'dump_stats\r\n'],
      ['<', '\r\nEND\r\n'],
      ['>', 'set q 0 0 1\r\na\r\n'],
      ['<', 'SERVER_ERROR\r\n'],
    ]);
    expect(await readFile(join(queuePath, '.status'), 'utf8')).toBe('readOnly\n');
  });

  it('is kept where the config says, and begins as the config says', async () => {
    const statusFile = join(await tempFolder('kestrel'), 'status');
    const kestrel = await startTestKestrel({ statusFile, defaultStatus: 'writeAvoid' });
    const wire = await kestrel.connect();
    expect(await told(wire)).toBe('WRITEAVOID');
    await change(wire, 'quiescent');
    expect(await readFile(statusFile, 'utf8')).toBe('quiescent\n');
  });

  it.each([
    ['names none', 'asleep\n', 'the status file names no status'],
    ['says down', 'down\n', 'the status file names no status'],
    ['is too long', 'up'.repeat(100), 'the status file cannot be read'],
  ])('is the default one, with a warning, where the file %s', async (_, text, warning) => {
    const statusFile = join(await tempFolder('kestrel'), 'status');
    await writeFile(statusFile, text);
    const { log, warnings } = keepingLog();
    const kestrel = await startTestKestrel({ statusFile, defaultStatus: 'readOnly' }, {}, log);
    expect(await told(await kestrel.connect())).toBe('READONLY');
    expect(warnings).toEqual([warning]);
  });

  it('changes even where its file cannot be written', async () => {
    const kestrel = await startTestKestrel({
      statusFile: join(await tempFolder('kestrel'), 'nothing', 'status'),
    });
    const wire = await kestrel.connect();
    await change(wire, 'quiescent');
    expect(await told(wire)).toBe('QUIESCENT');
  });

  it('is told at once and enforced after the grace period; a looser one takes it back', async () => {
    const kestrel = await startTestKestrel({ statusChangeGracePeriod: '1h' });
    const wire = await kestrel.connect();
    const stores = [
      ['>', 'set q 0 0 1\r\na\r\n'],
      ['<', 'STORED\r\n'],
    ] as const;
    await change(wire, 'readOnly');
    expect(await told(wire)).toBe('READONLY');
    await wire.play(stores);
    await change(wire, 'quiescent');
    expect(await told(wire)).toBe('READONLY');
    await change(wire, 'up');
    expect(await told(wire)).toBe('UP');
    await wire.play(stores);
  });

  it('is enforced once the grace period is over, for a monitor under way too', async () => {
    const kestrel = await startTestKestrel({ statusChangeGracePeriod: '300ms' });
    const [wire, monitoring] = await Promise.all([kestrel.connect(), kestrel.connect()]);
    await monitoring.send('monitor q 3600 5\r\n');
    await change(wire, 'quiescent');
    await monitoring.expect('END\r\n');
    await wire.play([
      ['>', 'get q\r\n'],
      ['<', 'SERVER_ERROR\r\n'],
    ]);
  });
});
