import { parseTask } from '@murmur/job-config';
import { silentLog } from '@murmur/service';
import { BACKUPS_MAX, CMDLINE_BYTES_MAX, checkTask, PROCESSES_MAX } from '../../src/runner/check-core.js';
import { createRunner, type RunnerTask } from '../../src/runner/index.js';
import { process, task } from './transcript.js';

const ordered = (...order: string[]) => ({ constraints: [{ order }] });

describe('a task that cannot run', () => {
  it.each([
    [
      'nothing may be ordered after a daemon',
      task([process('a', { daemon: true }), process('b')], ordered('a', 'b')),
      'task.constraints: "b" is ordered after "a", a daemon, which never finishes',
    ],
    [
      'an ordinary process cannot depend on an ephemeral one',
      task([process('a', { ephemeral: true }), process('b')], ordered('a', 'b')),
      'task.constraints: "b" is ordered after "a", which is ephemeral; only an ephemeral process may be',
    ],
    [
      'a final process is ordered among final ones only',
      task([process('a'), process('b', { final: true })], ordered('a', 'b')),
      'task.constraints: "b" is ordered after "a"; only one of them is final',
    ],
    [
      'processes must not wait for one another',
      task([process('a'), process('b'), process('c')], {
        constraints: [{ order: ['a', 'b', 'c'] }, { order: ['c', 'b'] }],
      }),
      'task.constraints: b, c wait for one another',
    ],
    [
      'a process must not wait for itself',
      task([process('a')], ordered('a', 'a')),
      'task.constraints: a wait for one another',
    ],
    [
      'an order names processes of the task',
      task([process('a')], ordered('a', 'x')),
      'task.constraints: order names "x", which is no process',
    ],
    [
      'names are unique',
      task([process('a'), process('a')]),
      'task.processes: the name "a" occurs more than once',
    ],
    ['there is a process', task([]), `task.processes: has 0, allowed are 1 to ${PROCESSES_MAX}`],
    [
      'a name is one path segment',
      task([process('../a')]),
      'process "../a": a name has no "/", no leading "." and at most 200 bytes',
    ],
    [
      'a cmdline fits into one argument',
      task([process('a', { cmdline: 'x'.repeat(CMDLINE_BYTES_MAX + 1) })]),
      `process "a": a cmdline has no NUL and at most ${CMDLINE_BYTES_MAX} bytes`,
    ],
    [
      'counts are counts',
      task([process('a')], { max_failures: -1 }),
      'task.max_failures: -1 is not an integer from 0 up',
    ],
    [
      'log sizes and backups are bounded',
      task([
        process('a', {
          logger: { destination: 'file', mode: 'rotate', rotate: { log_size: 1, backups: BACKUPS_MAX + 1 } },
        }),
      ]),
      `process "a": logger.rotate.backups: ${BACKUPS_MAX + 1} is not an integer from 0 to ${BACKUPS_MAX}`,
    ],
  ])('is refused: %s', (_rule, of, problem) => {
    expect(checkTask(of)).toEqual([problem]);
  });

  it('may order an ephemeral process after any, and final ones among themselves', () => {
    const processes = [
      process('a'),
      process('e', { ephemeral: true }),
      process('f', { ephemeral: true }),
      process('x', { final: true }),
      process('y', { final: true }),
    ];
    const constraints = [{ order: ['a', 'e', 'f'] }, { order: ['y', 'x'] }, {}];
    expect(checkTask(task(processes, { constraints }))).toEqual([]);
  });

  it('is none that the schema accepts with its defaults', () => {
    const resources = { cpu: 1, ram: 1_048_576, disk: 1_048_576 };
    const read = parseTask({
      processes: [{ name: 'a', cmdline: 'true', logger: {} }],
      resources,
      constraints: [{}],
    });
    if (!read.ok) throw new Error('refused');
    const of: RunnerTask = read.value;
    expect(checkTask(of)).toEqual([]);
  });

  it('makes createRunner throw with every problem', () => {
    const options = {
      task: task([process('a'), process('a')]),
      taskId: '../x',
      sandbox: 'sandbox',
      checkpointRoot: '/tmp',
      user: null,
      env: {},
      loggerDefaults: { destination: 'file', mode: 'standard' },
      log: silentLog(),
    } as const;
    expect(() => createRunner(options)).toThrow(
      'task.processes: the name "a" occurs more than once; sandbox "sandbox": is not an absolute path; ' +
        'taskId "../x": is not one path segment of at most 255 bytes',
    );
  });
});
