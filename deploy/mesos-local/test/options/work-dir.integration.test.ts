import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog, StartError } from '@murmur/service';
import { freePort, onStopAll, startProcess, stopAll, tempFolder, type TestProcess } from '@murmur/testkit';
import { startMaster } from '../../src/master/start.js';
import { withMasterDefaults } from '../../src/master/options.js';
import { makeWorkDir, takeWorkDir } from '../../src/options/work-dir.js';
import { outcome } from './outcome.js';

afterEach(stopAll);

const BIN = join(import.meta.dirname, '../../bin/murmur-mesos');

/** A process with that work dir, once it answers; and the pid that its lock file names. */
async function running(
  kind: 'agent' | 'master',
  workDir: string,
): Promise<{ process: TestProcess; pid: string }> {
  const port = await freePort();
  const master = kind === 'agent' ? ['--master=127.0.0.1:9', '--isolation=posix/cpu'] : [];
  const process = await startProcess({
    command: BIN,
    args: [kind, `--work-dir=${workDir}`, `--port=${String(port)}`, ...master],
    readyUrl: `http://127.0.0.1:${String(port)}/health`,
  });
  return { process, pid: readFileSync(join(workDir, `${kind}.lock`), 'utf8').trim() };
}

describe.each(['agent', 'master'] as const)('the work dir of one %s', (kind) => {
  const second = (workDir: string) => {
    const master = kind === 'agent' ? ['--master=127.0.0.1:9'] : [];
    return outcome(kind, `--work-dir=${workDir}`, '--port=0', ...master);
  };

  it('is refused to another process with the pid that has it, and free once that was killed', async () => {
    const workDir = await tempFolder('locked');
    const { process, pid } = await running(kind, workDir);
    expect(await second(workDir)).toEqual({
      code: 1,
      stdout: '',
      stderr: `murmur-mesos ${kind}: --work-dir: ${workDir} is in use by another ${kind}, pid ${pid}; each needs a folder of its own\n`,
    });
    await process.kill();
    const next = await running(kind, workDir);
    expect(next.pid).not.toBe(pid);
    await next.process.stop();
    takeWorkDir(workDir, kind).release();
  }, 120_000);
});

describe('the work dir', () => {
  it('is one, by whatever name, and one of each kind may have it', async () => {
    const folder = await tempFolder('locked');
    const link = `${folder}-link`;
    symlinkSync(folder, link);
    onStopAll(() => rm(link));
    const first = takeWorkDir(folder, 'agent');
    const other = takeWorkDir(folder, 'master');
    expect(() => takeWorkDir(link, 'agent')).toThrow(`in use by another agent, pid ${String(process.pid)}`);
    first.release();
    first.release();
    const again = takeWorkDir(link, 'agent');
    expect(again.folder).toBe(first.folder);
    again.release();
    other.release();
  });

  it('is taken by a lock file that a dead process left', async () => {
    const folder = await tempFolder('locked');
    writeFileSync(join(folder, 'agent.lock'), '1\n');
    takeWorkDir(folder, 'agent').release();
    expect(readFileSync(join(folder, 'agent.lock'), 'utf8')).toBe(`${String(process.pid)}\n`);
  });

  it('is let go by a master that stops, and by one that could not start', async () => {
    const workDir = await tempFolder('locked');
    const flags = withMasterDefaults({ workDir, port: 0 });
    const master = await startMaster(flags, { log: silentLog() });
    onStopAll(() => master.stop());
    await expect(startMaster(flags, { log: silentLog() })).rejects.toThrow(StartError);
    const elsewhere = { ...flags, workDir: join(workDir, 'other'), port: master.port };
    await expect(startMaster(elsewhere, { log: silentLog() })).rejects.toThrow(
      'another process listens there',
    );
    takeWorkDir(elsewhere.workDir, 'master').release();
    await master.stop();
    takeWorkDir(workDir, 'master').release();
  });

  it('is made with its parents', async () => {
    const folder = join(await tempFolder('made'), 'a', 'b');
    expect(makeWorkDir(folder)).toBe(folder);
    expect(makeWorkDir(folder)).toBe(folder);
  });

  it('is no file, nothing below a file, and nothing where no folder can be made', async () => {
    const folder = await tempFolder('made');
    const file = join(folder, 'file');
    writeFileSync(file, '');
    symlinkSync('nowhere', join(folder, 'dangling'));
    expect(() => makeWorkDir(file)).toThrow(`--work-dir: ${file} is not a folder that can be written`);
    expect(() => makeWorkDir(join(file, 'a', 'b'))).toThrow(StartError);
    expect(() => makeWorkDir(join(folder, 'dangling'))).toThrow(StartError);
    expect(() => makeWorkDir(join(folder, 'dangling', 'below'))).toThrow(StartError);
  });
});
