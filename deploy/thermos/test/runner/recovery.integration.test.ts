import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { CHECKPOINT_FILE, replayCheckpoint, type TaskView } from '../../src/runner/index.js';
import { isRunning, leftIn, newPlace, optionsFor, started, untilFile, type Place } from './support.js';
import { prepareScript } from './runner-script.js';
import { process as processOf, task } from './transcript.js';

afterAll(stopAll);

const fileOf = (place: Place): string => join(place.checkpointRoot, 'task-1', CHECKPOINT_FILE);
const observed = async (place: Place): Promise<TaskView | null> =>
  replayCheckpoint(await readFile(fileOf(place), 'utf8'));
const linesIn = async (place: Place, name: string): Promise<readonly string[]> =>
  (await readFile(join(place.sandbox, name), 'utf8').catch(() => '')).split('\n').filter(Boolean);

/** Runs until the sandbox has the file `go-<name>`. */
const waiting = (name: string, before = '', after = ''): string =>
  `echo ${name} >>started; ${before} until [ -e go-${name} ]; do sleep 0.02; done; ${after}`;

describe('processes', () => {
  it('outlive their runner, and the next one continues with them: each runs exactly once', async () => {
    const place = await newPlace();
    const run = await prepareScript(place);
    const processes = [
      processOf('a', { cmdline: waiting('a', '', 'echo a >>ended') }),
      processOf('b', { cmdline: waiting('b', '', 'echo b >>ended; exit 7') }),
      processOf('c', { cmdline: 'echo c >>started; echo c >>ended' }),
    ];
    const of = task(processes, { constraints: [{ order: ['a', 'c'] }], max_failures: 2 });
    const first = await run(optionsFor(place, of));
    await waitFor(async () => (await linesIn(place, 'started')).length === 2, {
      what: 'a and b to have started',
    });
    await waitFor(async () => (await observed(place))?.processes[1]?.state === 'RUNNING', {
      what: 'b in the checkpoint',
    });
    first.child.kill('SIGKILL');
    await first.ended;

    // One ends while nobody looks, the other goes on.
    await writeFile(join(place.sandbox, 'go-b'), '');
    await untilFile(place, 'ended', 'b');
    expect((await observed(place))?.state).toBe('ACTIVE');

    const runner = await started(optionsFor(place, of));
    await waitFor(() => runner.view().processes[1]?.state === 'FAILED', { what: "b's exit status" });
    expect(runner.view()).toMatchObject({
      state: 'ACTIVE',
      processes: [{ state: 'RUNNING', runs: 1 }, { returnCode: 7 }, {}],
    });
    await writeFile(join(place.sandbox, 'go-a'), '');
    const view = await runner.finished;
    expect(view).toMatchObject({ state: 'SUCCESS' });
    expect(view.processes.map(({ runs }) => runs)).toEqual([1, 1, 1]);
    expect([...(await linesIn(place, 'started'))].sort()).toEqual(['a', 'b', 'c']);
    expect([...(await linesIn(place, 'ended'))].sort()).toEqual(['a', 'b', 'c']);
    expect(await observed(place)).toEqual(view);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('run exactly once each, however often and whenever their runner is killed', async () => {
    const place = await newPlace();
    const run = await prepareScript(place);
    const names = Array.from({ length: 12 }, (_, i) => `p${i}`);
    const processes = names.map((name) =>
      processOf(name, {
        cmdline: `echo ${name} >>started; sleep 0.05; echo ${name} >>ended`,
        max_failures: 1,
      }),
    );
    const of = task(processes, { constraints: [{ order: names }] });
    for (let kills = 0; kills < 12; kills += 1) {
      const seen = (await linesIn(place, 'ended')).length;
      const script = await run(optionsFor(place, of));
      const more = waitFor(async () => (await linesIn(place, 'started')).length > seen, { what: 'progress' });
      await Promise.race([more.catch(() => false), script.ended]);
      script.child.kill('SIGKILL');
      await script.ended;
    }
    const runner = await started(optionsFor(place, of));
    const view = await runner.finished;
    expect(view.state).toBe('SUCCESS');
    // A fork that was given up before it began counts as a run, but nothing of it ran.
    expect(await linesIn(place, 'started')).toEqual(names);
    expect(await linesIn(place, 'ended')).toEqual(names);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('write on to their logs and to the console after their runner has died', async () => {
    const place = await newPlace();
    const run = await prepareScript(place);
    const logger = { destination: 'both', mode: 'standard' } as const;
    const cmdline = waiting('a', 'echo before; echo before >&2;', 'echo after; echo after >&2');
    const of = task([processOf('a', { cmdline, logger })]);
    const script = await run(optionsFor(place, of));
    await untilFile(place, 'stdout', 'before');
    await untilFile(place, 'stderr', 'before');
    script.child.kill('SIGKILL');
    await script.ended;
    await writeFile(join(place.sandbox, 'go-a'), '');
    for (const name of ['stdout', 'stderr']) {
      expect(await untilFile(place, name, 'after')).toBe('before\nafter\n');
      expect(await untilFile(place, `.logs/a/0/${name}`, 'after')).toBe('before\nafter\n');
    }
    const runner = await started(optionsFor(place, of));
    expect((await runner.finished).state).toBe('SUCCESS');
    expect(leftIn(place.base)).toEqual([]);
  });

  it('go on when the runner lets go of them, and can be killed by the next', async () => {
    const place = await newPlace();
    const of = task([processOf('a', { cmdline: waiting('a') })]);
    const first = await started(optionsFor(place, of));
    await untilFile(place, 'started', 'a');
    await waitFor(() => first.view().processes[0]?.state === 'RUNNING', { what: 'a to run' });
    const pid = first.view().processes[0]?.pid ?? 0;
    await expect(started(optionsFor(place, of))).rejects.toThrow(
      /checkpoint .*: the runner with pid \d+ holds it/,
    );
    await first.detach();
    expect(isRunning(pid)).toBe(true);

    const second = await started(optionsFor(place, of));
    expect(second.view().processes[0]).toMatchObject({ state: 'RUNNING', pid, runs: 1 });
    expect((await second.kill()).state).toBe('KILLED');
    expect(isRunning(pid)).toBe(false);
  });

  it('are LOST after a reboot, and run again without counting a failure', async () => {
    const place = await newPlace();
    const of = task([processOf('a', { cmdline: waiting('a'), min_duration: 0 })]);
    const first = await started(optionsFor(place, of));
    await waitFor(() => first.view().processes[0]?.state === 'RUNNING', { what: 'a to run' });
    const pid = first.view().processes[0]?.pid ?? 0;
    await first.detach();
    // The pid is somebody else's in another boot: it must not be touched.
    const folder = join(place.checkpointRoot, 'task-1', 'processes', 'a', '0');
    for (const name of ['pid', 'coordinator']) {
      const record = await readFile(join(folder, name), 'utf8');
      await rm(join(folder, name));
      await writeFile(join(folder, name), record.replace(/^\S+/, 'another-boot'));
    }
    const second = await started(optionsFor(place, of));
    await waitFor(() => second.view().processes[0]?.runs === 2, { what: 'the second run' });
    expect(second.view().processes[0]).toMatchObject({ failures: 0 });
    await writeFile(join(place.sandbox, 'go-a'), '');
    expect((await second.finished).state).toBe('SUCCESS');
    await waitFor(() => !isRunning(pid), { what: 'the first run to end by itself' });
  });

  it('whose coordinator was killed are watched all the same, and are LOST when they have gone', async () => {
    const place = await newPlace();
    const of = task([processOf('a', { cmdline: waiting('a'), min_duration: 0 })]);
    const runner = await started(optionsFor(place, of));
    await waitFor(() => runner.view().processes[0]?.state === 'RUNNING', { what: 'a to run' });
    const record = await readFile(
      join(place.checkpointRoot, 'task-1', 'processes', 'a', '0', 'coordinator'),
      'utf8',
    );
    process.kill(Number(record.split(' ')[1]), 'SIGKILL');
    const seen: string[] = [];
    runner.onChange(({ processes }) => seen.push(`${processes[0]?.state ?? ''}/${processes[0]?.runs ?? 0}`));
    process.kill(runner.view().processes[0]?.pid ?? 0, 'SIGKILL');
    await waitFor(() => runner.view().processes[0]?.runs === 2, { what: 'the second run' });
    expect(runner.view().processes[0]?.failures).toBe(0);
    await runner.kill(0);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('are not begun by a coordinator that comes too late: the run was given up', async () => {
    const place = await newPlace();
    const of = task([processOf('a', { cmdline: 'echo ran >>ran', min_duration: 0 })]);
    const folder = join(place.checkpointRoot, 'task-1', 'processes', 'a', '0');
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'pid'), 'given up\n');
    const runner = await started(optionsFor(place, of));
    runner.onChange(() => undefined);
    await waitFor(() => runner.view().processes[0]?.state === 'FORKED', {
      what: 'the fork',
      timeoutMs: 1,
    }).catch(() => null);
    const killed = await runner.kill();
    expect(killed).toMatchObject({ state: 'KILLED', processes: [{ state: 'LOST', runs: 1 }] });
    expect(await linesIn(place, 'ran')).toEqual([]);
  });

  it('of a task that had ended are not begun again, and what was left is swept', async () => {
    const place = await newPlace();
    const of = task([processOf('a', { cmdline: 'echo ran >>ran' })]);
    const first = await started(optionsFor(place, of));
    const ended = await first.finished;
    const second = await started(optionsFor(place, of));
    expect(await second.finished).toEqual(ended);
    expect(await linesIn(place, 'ran')).toEqual(['ran']);
  });

  it('go on from a checkpoint with a torn end, which is cut off', async () => {
    const place = await newPlace();
    const of = task([processOf('a', { cmdline: waiting('a') })]);
    const first = await started(optionsFor(place, of));
    await waitFor(() => first.view().processes[0]?.state === 'RUNNING', { what: 'a to run' });
    await first.detach();
    await appendFile(fileOf(place), '{"type":"process","at":12,"name":"a","sta');
    const second = await started(optionsFor(place, of));
    await writeFile(join(place.sandbox, 'go-a'), '');
    const view = await second.finished;
    expect(view).toMatchObject({ state: 'SUCCESS', processes: [{ runs: 1 }] });
    expect(await observed(place)).toEqual(view);
  });
});
