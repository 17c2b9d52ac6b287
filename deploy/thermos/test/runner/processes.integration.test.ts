import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import type { ProcessView, Runner } from '../../src/runner/index.js';
import { leftIn, newPlace, optionsFor, outputOf, started, untilFile } from './support.js';
import { process, task } from './transcript.js';

afterAll(stopAll);

const quick = { min_duration: 0 };
const viewOf = (runner: Runner, name: string): ProcessView | undefined =>
  runner.view().processes.find((view) => view.name === name);

describe('real processes', () => {
  it('run in order, each as bash in a session of its own in the sandbox, and leave nothing behind', async () => {
    const place = await newPlace();
    const own = 'read -r _ _ _ _ _ session _ </proc/self/stat; echo $$ $session; pwd; echo $0';
    const processes = [
      process('second', { cmdline: 'cat first' }),
      process('first', { cmdline: `${own}; echo 1 >first` }),
    ];
    const runner = await started(
      optionsFor(place, task(processes, { constraints: [{ order: ['first', 'second'] }] })),
    );
    expect(await runner.finished).toMatchObject({ state: 'SUCCESS', reason: 'all processes have finished' });
    const [ids = '', folder, shell] = (await outputOf(place, 'first')).split('\n');
    const [pid, session] = ids.split(' ');
    expect(pid).toBe(session);
    expect(Number(pid)).toBe(viewOf(runner, 'first')?.pid);
    expect([folder, shell]).toEqual([place.sandbox, '/bin/bash']);
    expect(await outputOf(place, 'second')).toBe('1\n');
    expect(leftIn(place.base)).toEqual([]);
  });

  it('are repeated until max_failures, with a folder of logs for each run', async () => {
    const place = await newPlace();
    const cmdline = 'echo x >>runs; echo run $(wc -l <runs); echo oops >&2; exit 3';
    const runner = await started(
      optionsFor(place, task([process('a', { ...quick, cmdline, max_failures: 3 })])),
    );
    expect(await runner.finished).toMatchObject({
      state: 'FAILED',
      reason: 'failed: "a" (exit code 3, failed 3 times)',
      processes: [{ state: 'FAILED', runs: 3, failures: 3, returnCode: 3 }],
    });
    expect(await Promise.all([0, 1, 2].map((run) => outputOf(place, 'a', run)))).toEqual([
      'run 1\n',
      'run 2\n',
      'run 3\n',
    ]);
    expect(await outputOf(place, 'a', 2, 'stderr')).toBe('oops\n');
  });

  it('tell a signal from an exit code that looks like one: KILLED is repeated without a failure', async () => {
    const place = await newPlace();
    const killed = process('killed', {
      ...quick,
      cmdline: 'echo x >>tries; [ $(wc -l <tries) = 3 ] || kill -KILL $$',
    });
    const exited = process('exited', { cmdline: 'exit 137' });
    const runner = await started(optionsFor(place, task([killed, exited], { max_failures: 2 })));
    expect(await runner.finished).toMatchObject({
      state: 'SUCCESS',
      processes: [
        { state: 'SUCCESS', runs: 3, failures: 0 },
        { state: 'FAILED', runs: 1, failures: 1, returnCode: 137 },
      ],
    });
  });

  it('may catch every signal: none is ignored when they start', async () => {
    const place = await newPlace();
    const cmdline = 'for s in INT QUIT TERM HUP PIPE; do trap "echo $s" $s; kill -$s $$; done';
    const runner = await started(optionsFor(place, task([process('a', { cmdline })])));
    await runner.finished;
    expect(await outputOf(place, 'a')).toBe('INT\nQUIT\nTERM\nHUP\nPIPE\n');
  });

  it('restart as daemons when they succeed, and end as ephemeral ones when the others have', async () => {
    const place = await newPlace();
    const daemon = process('daemon', {
      ...quick,
      daemon: true,
      ephemeral: true,
      cmdline: 'echo beat >>beats',
    });
    const main = process('main', { cmdline: 'until [ "$(wc -l <beats)" -ge 3 ]; do sleep 0.02; done' });
    const runner = await started(optionsFor(place, task([daemon, main])));
    expect((await runner.finished).state).toBe('SUCCESS');
    expect(viewOf(runner, 'daemon')?.runs).toBeGreaterThanOrEqual(3);
    expect(leftIn(place.base)).toEqual([]);
  });

  it('have only HOME, LOGNAME, USER and PATH, and what the task was given', async () => {
    const place = await newPlace();
    const cmdline = 'cat /proc/$$/environ | sort -z';
    const more = { env: { GIVEN: 'a b\nc=d' } };
    const runner = await started(
      optionsFor(
        place,
        task([process('names', { cmdline }), process('value', { cmdline: 'echo "$HOME $GIVEN"' })]),
        more,
      ),
    );
    await runner.finished;
    const variables = (await outputOf(place, 'names')).split('\0').slice(0, -1);
    expect(variables.map((variable) => variable.split('=')[0])).toEqual([
      'GIVEN',
      'HOME',
      'LOGNAME',
      'PATH',
      'USER',
    ]);
    expect(await outputOf(place, 'value')).toBe(`${place.sandbox} a b\nc=d\n`);
  });

  it('read .thermos_profile, also one that a process before them wrote', async () => {
    const place = await newPlace();
    const processes = [
      process('setup', { cmdline: 'echo "export FROM_PROFILE=yes" >.thermos_profile' }),
      process('main', { cmdline: 'cd /; echo $FROM_PROFILE' }),
    ];
    const runner = await started(
      optionsFor(place, task(processes, { constraints: [{ order: ['setup', 'main'] }] })),
    );
    await runner.finished;
    expect(await outputOf(place, 'main')).toBe('yes\n');
  });

  it('have nothing open but their three streams', async () => {
    const place = await newPlace();
    const runner = await started(
      optionsFor(
        place,
        task([
          process('a', {
            cmdline: 'for fd in /proc/$$/fd/*; do [ ! -e $fd ] || echo $fd; done; readlink /proc/$$/fd/0',
          }),
        ]),
      ),
    );
    const view = await runner.finished;
    const pid = view.processes[0]?.pid ?? 0;
    expect(await outputOf(place, 'a')).toBe(
      `/proc/${pid}/fd/0\n/proc/${pid}/fd/1\n/proc/${pid}/fd/2\n/dev/null\n`,
    );
  });

  it('are measured with all that they started', async () => {
    const place = await newPlace();
    const cmdline = '(while :; do :; done) & (sleep 1000) & echo up >up; wait';
    const runner = await started(optionsFor(place, task([process('a', { cmdline })])));
    await untilFile(place, 'up', 'up');
    const usage = await waitFor(
      async () => {
        const [now] = await runner.usage();
        return now !== undefined && now.cpuSeconds > 0.05 && now.processes === 3 && now;
      },
      { what: 'a busy tree of three' },
    );
    expect(usage).toMatchObject({ name: 'a', run: 0, pid: viewOf(runner, 'a')?.pid, threads: 3 });
    expect(usage.rssBytes).toBeGreaterThan(500_000);
    await runner.kill(0);
    expect(await runner.usage()).toEqual([]);
  });

  it('fail, when the sandbox is not theirs to write logs into, and say so in the checkpoint', async () => {
    const place = await newPlace();
    await writeFile(join(place.sandbox, '.logs'), 'a file');
    const runner = await started(optionsFor(place, task([process('a')])));
    expect(await runner.finished).toMatchObject({ state: 'FAILED', processes: [{ returnCode: 125 }] });
    const errors = await readFile(
      join(place.checkpointRoot, 'task-1', 'processes', 'a', '0', 'errors'),
      'utf8',
    );
    expect(errors).toContain('mkdir');
  });
});
