import { spawnSync } from 'node:child_process';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onStopAll, stopAll, tempFolder, waitFor } from '@murmur/testkit';
import { leftIn, newPlace, optionsFor, outputOf, started } from './support.js';
import { process, task } from './transcript.js';

afterAll(stopAll);

/** A small file system of its own at `folder`; false where that is not allowed. */
function mountSmall(folder: string): boolean {
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'thermos-test', folder]).status === 0;
}

async function fill(folder: string): Promise<string> {
  const file = join(folder, 'filler');
  await writeFile(file, Buffer.alloc(2_000_000)).catch(() => undefined);
  for (let i = 0; i < 300; i += 1) await writeFile(join(folder, `filler-${i}`), 'x').catch(() => undefined);
  return file;
}

async function canMount(): Promise<boolean> {
  const folder = await tempFolder('mount');
  const isMounted = mountSmall(folder);
  if (isMounted) spawnSync('umount', [folder]);
  await stopAll();
  return isMounted;
}

((await canMount()) ? describe : describe.skip)('a full disk', () => {
  it('under the checkpoint makes the task LOST, and nothing of it runs on', async () => {
    const place = await newPlace();
    await mkdir(place.checkpointRoot);
    onStopAll(async () => void spawnSync('umount', ['-l', place.checkpointRoot]));
    expect(mountSmall(place.checkpointRoot)).toBe(true);
    // What they have to say at their end is more than the last page of the checkpoint can take.
    const names = Array.from({ length: 20 }, (_, i) => `${i}-${'x'.repeat(180)}`);
    const processes = names.map((name) => process(name, { cmdline: 'sleep 1000; :' }));
    const runner = await started(optionsFor(place, task(processes)));
    await waitFor(() => runner.view().processes.every(({ state }) => state === 'RUNNING'), {
      what: 'all to run',
    });
    await fill(place.checkpointRoot);
    const killed = await runner.kill();
    expect(killed.state).toBe('LOST');
    expect(killed.reason).toContain('the checkpoint cannot be written: Error: ENOSPC');
    expect(leftIn(place.base)).toEqual([]);
  });

  it('in the sandbox fails a run that has no room for its logs, and the next one finds room', async () => {
    const place = await newPlace();
    onStopAll(async () => void spawnSync('umount', ['-l', place.sandbox]));
    expect(mountSmall(place.sandbox)).toBe(true);
    const filler = await fill(place.sandbox);
    const flaky = process('a', { cmdline: 'echo there is room', max_failures: 0, min_duration: 1 });
    const runner = await started(optionsFor(place, task([flaky])));
    await waitFor(() => (runner.view().processes[0]?.failures ?? 0) > 0, { what: 'a run to fail' });
    await rm(filler);
    expect((await runner.finished).state).toBe('SUCCESS');
    const { runs = 0 } = runner.view().processes[0] ?? {};
    expect(await outputOf(place, 'a', runs - 1)).toBe('there is room\n');
  });
});
