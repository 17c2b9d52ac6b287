import { stopAll } from '@murmur/testkit';
import { isRunning, leftIn, newPlace, optionsFor, outputOf, started, untilFile } from './support.js';
import { process, task } from './transcript.js';

afterAll(stopAll);

const lastPid = (text: string): number => Number(text.trim().split('\n').at(-1));

describe('a kill', () => {
  it('sends SIGTERM first, runs the final processes, and ends KILLED', async () => {
    const place = await newPlace();
    const main = process('main', {
      cmdline: 'trap "echo bye; exit 0" TERM; echo up >up; while :; do sleep 0.02; done',
    });
    const final = process('final', { final: true, cmdline: 'echo cleaned' });
    const runner = await started(optionsFor(place, task([main, final])));
    await untilFile(place, 'up', 'up');
    const states: string[] = [];
    runner.onChange(({ state }) => states.push(state));
    expect(await runner.kill()).toMatchObject({
      state: 'KILLED',
      reason: 'killed by request',
      processes: [
        { state: 'SUCCESS', runs: 1 },
        { state: 'SUCCESS', runs: 1 },
      ],
    });
    expect([...new Set(states)]).toEqual(['CLEANING', 'FINALIZING', 'KILLED']);
    expect(await outputOf(place, 'main')).toBe('bye\n');
    expect(await outputOf(place, 'final')).toBe('cleaned\n');
    expect(leftIn(place.base)).toEqual([]);
  });

  it('sends SIGKILL after the grace to what ignores SIGTERM, with all that it started, in whatever group or session', async () => {
    const place = await newPlace();
    const ignore = 'trap "" TERM; echo';
    const cmdline = `
      ${ignore};
      set -m; (${ignore} $BASHPID >group; sleep 1000; :) & set +m
      setsid bash -c '${ignore} $$ >session; sleep 1000; :' &
      (${ignore} $BASHPID >orphan; sleep 1000; :) & disown
      bash -c '(exec sleep 1000) & echo $! >grandchild'
      while :; do sleep 1; done`;
    const runner = await started(optionsFor(place, task([process('stubborn', { cmdline })])));
    const files = ['group', 'session', 'orphan', 'grandchild'];
    const pids = await Promise.all(files.map(async (name) => lastPid(await untilFile(place, name, '\n'))));
    expect(pids.map(isRunning)).toEqual([true, true, true, true]);
    expect(await runner.kill(200)).toMatchObject({
      state: 'KILLED',
      processes: [{ state: 'KILLED', returnCode: -9 }],
    });
    expect(pids.map(isRunning)).toEqual([false, false, false, false]);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('ends what a process left behind in its session when it finished', async () => {
    const place = await newPlace();
    const cmdline = '(trap "" HUP TERM; sleep 1000; :) >/dev/null 2>&1 & echo $! >left';
    const runner = await started(optionsFor(place, task([process('a', { cmdline })])));
    expect((await runner.finished).state).toBe('SUCCESS');
    expect(isRunning(lastPid(await untilFile(place, 'left', '\n')))).toBe(false);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('finds what went into a session of its own and lost its parent', async () => {
    const place = await newPlace();
    const cmdline =
      'setsid --fork bash -c "echo \\$\\$ >daemon; exec sleep 1000" >/dev/null 2>&1; until [ -s daemon ]; do sleep 0.02; done';
    const runner = await started(optionsFor(place, task([process('a', { cmdline })])));
    expect((await runner.finished).state).toBe('SUCCESS');
    expect(isRunning(lastPid(await untilFile(place, 'daemon', '\n')))).toBe(false);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('ends what the run before left behind before the next one starts', async () => {
    const place = await newPlace();
    const cmdline = `
      if [ -s left ]; then read -r pid <left; case $(cat /proc/$pid/stat) in ''|*') Z '*) echo gone ;; *) echo alive ;; esac; exit 0; fi
      sleep 1000 & echo $! >left; exit 1`;
    const runner = await started(
      optionsFor(place, task([process('a', { cmdline, max_failures: 2, min_duration: 0 })])),
    );
    expect((await runner.finished).state).toBe('SUCCESS');
    expect(await outputOf(place, 'a', 1)).toBe('gone\n');
  });

  it('gives final processes finalization_wait in all, then SIGKILL', async () => {
    const place = await newPlace();
    const main = process('main', { cmdline: 'sleep 1000' });
    const final = process('final', { final: true, cmdline: 'trap "" TERM; sleep 1000; :' });
    const runner = await started(optionsFor(place, task([main, final], { finalization_wait: 1 })));
    const view = await runner.kill();
    expect(view).toMatchObject({
      state: 'KILLED',
      processes: [{}, { state: 'KILLED', returnCode: -9, runs: 1 }],
    });
    expect(leftIn(place.base)).toEqual([]);
  });

  it('before the start lets nothing run', async () => {
    const place = await newPlace();
    const { createRunner } = await import('../../src/runner/index.js');
    const runner = createRunner(optionsFor(place, task([process('a', { cmdline: 'touch ran' })])));
    const killed = runner.kill();
    await runner.start();
    expect(await killed).toMatchObject({ state: 'KILLED', processes: [{ runs: 0 }] });
  });

  it('of a fork that is about to start either never lets it start or ends it', async () => {
    const place = await newPlace();
    const runner = await started(optionsFor(place, task([process('a', { cmdline: 'sleep 1000' })])));
    expect((await runner.kill()).state).toBe('KILLED');
    expect(leftIn(place.base)).toEqual([]);
  });
});
