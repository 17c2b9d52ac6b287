import { argvOf, commandExecutor, describeWait } from '../../src/agent/command-core.js';
import { incompatible } from '../../src/agent/compatible-core.js';
import { detectedResources } from '../../src/agent/detect-core.js';
import { isUuid } from '../../src/uuid-core.js';
import { OUTBOX_MAX, newOutbox, put, registrationBackoffMs, takeBatch } from '../../src/agent/outbox-core.js';
import { isSafeId } from '../../src/agent/paths-core.js';
import { runLimits, runResources } from '../../src/agent/run-resources-core.js';
import { parseAttributes, parseResources, toResources } from '../../src/resources/index.js';
import { AGENT_BATCH_MAX } from '../../src/protocol.js';
import { bench, command, custom, framework, fromExecutor, launch, record, said, updates } from './cores.js';

describe('how a command ended', () => {
  it.each([
    [0, 'exited with status 0'],
    [7 << 8, 'exited with status 7'],
    [9, 'terminated with signal Killed'],
    [15, 'terminated with signal Terminated'],
    [11 | 0x80, 'terminated with signal Segmentation fault (core dumped)'],
    [35, 'terminated with signal Unknown signal 35'],
  ])('is said of waitpid word %i', (status, text) => {
    expect(describeWait(status)).toBe(text);
  });
});

describe('the container of a command task', () => {
  it('gets exactly the cpus that the task asks for, and memory for the shell beside its own', () => {
    const b = bench();
    b.master(launch(command('t')));
    const given = runResources(b.run()).map(({ name, scalar }) => [name, scalar?.value]);
    expect(Object.fromEntries(given)).toEqual({ cpus: 1, mem: 96 });
  });
});

describe('a command', () => {
  it('is a shell script, or a file with all of its argv', () => {
    expect(argvOf({ value: 'a b' })).toEqual(['/bin/sh', '-c', 'a b']);
    expect(argvOf({ shell: false, value: '/bin/a', arguments: ['a', 'b'] })).toEqual(['/bin/a', 'b']);
  });

  it.each([
    [{ value: 'exit 3' }, "sh -c 'exit 3'"],
    [{ value: 'echo out; echo err' }, "sh -c 'echo out; ec...'"],
    [{ shell: false, value: '/bin/a', arguments: ['a', 'b'] }, '[/bin/a, a, b]'],
    [{}, 'NO COMMAND'],
    [{ shell: false }, 'NO EXECUTABLE'],
  ])('names its executor as Mesos does: %j', (given, name) => {
    const { name: made } = commandExecutor(command('t', { command: given }), 'F');
    expect(made).toBe(`Command Executor (Task: t) (Command: ${name})`);
  });
});

describe('the resources of a run', () => {
  it('are those of the executor and of its live tasks, updated as they come and go', () => {
    const b = bench();
    b.master(launch(custom('t'), custom('u')));
    const { containerId } = b.run();
    b.does({ kind: 'launched', containerId, record: record(containerId) });
    b.does({ kind: 'subscribed', containerId, subscribe: {} });
    const cpus = () => runResources(b.run()).find((each) => each.name === 'cpus')?.scalar?.value;
    expect(cpus()).toBe(2);
    const effects = b.does({ kind: 'update', containerId, status: fromExecutor('t', 'TASK_FINISHED') });
    expect(effects.find((effect) => effect.kind === 'update')).toMatchObject({ containerId });
    expect(cpus()).toBe(1);
  });

  it('have limits where a task names one; who names none counts with its request', () => {
    const b = bench();
    b.master(launch(command('t', { limits: { cpus: { value: Infinity } } })));
    expect(runLimits(b.run())).toEqual({ cpus: { value: Infinity } });
    b.run().tasks.set('u', { info: command('u'), phase: 'queued', state: 'TASK_STAGING', statuses: [] });
    b.run().tasks.set('v', {
      info: command('v', { limits: { mem: { value: 100 } } }),
      phase: 'launched',
      state: 'TASK_RUNNING',
      statuses: [],
    });
    expect(runLimits(b.run())['mem']).toEqual({ value: 32 + 64 + 64 + 100 });
  });
});

describe('a launch', () => {
  it.each(['../x', 'a/b', '..', '', 'a\u0000b', 'x'.repeat(256)])(
    'of an id that is no folder is dropped: %j',
    (id) => {
      expect(isSafeId(id)).toBe(false);
      const b = bench();
      b.master(launch(command(id)));
      expect(updates(b.effects).map((status) => status.state)).toEqual(['TASK_DROPPED']);
      expect(b.state.runs.size).toBe(0);
      expect(b.state.frameworks.size).toBe(0);
    },
  );

  it('that comes twice is one', () => {
    const b = bench();
    b.master(launch(command('t')));
    expect(said(b.master(launch(command('t'))))).toEqual([]);
    expect(b.state.runs.size).toBe(1);
  });

  it('writes what must survive before it launches', () => {
    const b = bench();
    const kinds = b
      .master(launch(command('t')))
      .map((effect) => (effect.kind === 'write' ? effect.path.split('/').at(-1) : effect.kind));
    expect(kinds).toEqual(['framework.info', 'run.info', 'task.info', 'launch']);
  });
});

describe('a kill', () => {
  it('of a task that was never here is answered, and forgotten once acknowledged', () => {
    const b = bench();
    b.master({ type: 'KILL', framework_id: { value: 'F' }, task_id: { value: 'x' } });
    const [status] = updates(b.effects);
    // The framework is unknown here too, so nobody knows that it is partition aware.
    expect(status).toMatchObject({ state: 'TASK_LOST', reason: 'REASON_EXECUTOR_TERMINATED' });
    b.master({
      type: 'ACKNOWLEDGE',
      framework_id: { value: 'F' },
      task_id: { value: 'x' },
      uuid: status?.uuid ?? '',
    });
    expect(b.state.streams.size).toBe(0);
  });

  it('of one of a group that waits is one of all', () => {
    const b = bench();
    b.master({ ...launch(custom('t'), custom('u')), group: true, executor: custom('t').executor! });
    b.master({ type: 'KILL', framework_id: { value: 'F' }, task_id: { value: 'u' } });
    expect(updates(b.effects).map((s) => [s.task_id.value, s.state, s.reason])).toEqual([
      ['t', 'TASK_KILLED', 'REASON_TASK_KILLED_DURING_LAUNCH'],
      ['u', 'TASK_KILLED', 'REASON_TASK_KILLED_DURING_LAUNCH'],
    ]);
    expect(said(b.effects).at(-1)).toBe('destroy');
  });

  it('that found the executor away is told when it is back', () => {
    const b = bench();
    b.master(launch(custom('t')));
    const { containerId } = b.run();
    b.does({ kind: 'subscribed', containerId, subscribe: {} });
    b.does({ kind: 'update', containerId, status: fromExecutor('t', 'TASK_RUNNING') });
    b.does({ kind: 'disconnected', containerId });
    expect(said(b.master({ type: 'KILL', framework_id: { value: 'F' }, task_id: { value: 't' } }))).toEqual(
      [],
    );
    expect(said(b.does({ kind: 'subscribed', containerId, subscribe: {} }))).toEqual([
      'event SUBSCRIBED',
      'event KILL',
    ]);
  });

  it('with less grace than the one before shortens what is left', () => {
    const b = bench();
    b.master(launch(command('t')));
    const { containerId } = b.run();
    b.does({ kind: 'launched', containerId, record: record(containerId) });
    const kill = (ms: number) =>
      b.master({
        type: 'KILL',
        framework_id: { value: 'F' },
        task_id: { value: 't' },
        kill_policy: { grace_period: { nanoseconds: ms * 1e6 } },
      });
    kill(60_000);
    kill(90_000);
    expect(b.run().ending?.deadlineMs).toBe(b.now + 60_000);
    kill(1_000);
    expect(b.run().ending?.deadlineMs).toBe(b.now + 1_000);
    b.now += 1_000;
    expect(said(b.does({ kind: 'tick' }))).toEqual(['destroy']);
  });
});

describe('an agent without a master', () => {
  it('keeps updates and sends the first of each task when one is back', () => {
    const b = bench({ connected: false });
    b.master(launch(command('t')));
    const { containerId } = b.run();
    expect(said(b.does({ kind: 'launched', containerId, record: record(containerId) }))).toEqual([]);
    expect(said(b.master({ type: 'SUBSCRIBED', agent_info: b.state.info }))).toEqual([
      'master UPDATE TASK_STARTING',
    ]);
    b.does({ kind: 'master-lost' });
    b.now += 3_600_000;
    expect(said(b.does({ kind: 'tick' }))).toEqual([]);
  });
});

describe('a framework', () => {
  it('is history once everything of it is acknowledged', () => {
    const b = bench();
    b.master(launch(command('t')));
    const run = b.run();
    const { containerId } = run;
    b.does({ kind: 'launched', containerId, record: record(containerId) });
    b.does({ kind: 'ended', containerId, termination: { status: 0, limitation: null } });
    for (const { uuid } of [...(b.state.streams.get('F/t')?.pending ?? [])]) {
      b.master({
        type: 'ACKNOWLEDGE',
        framework_id: { value: 'F' },
        task_id: { value: 't' },
        uuid: uuid ?? '',
      });
    }
    expect(run.tasks.get('t')).toMatchObject({ phase: 'completed', state: 'TASK_FINISHED' });
    expect([b.state.runs.size, b.state.frameworks.size, b.state.streams.size]).toEqual([0, 0, 0]);
    expect(b.state.completedFrameworks[0]?.info).toBe(framework);
    expect(said(b.effects)).toEqual(['collect']);
    expect(b.state.timers.size).toBe(0);
  });
});

describe('what an agent has', () => {
  it.each([
    [{ cpus: 4, memMb: 8192, diskMb: 100_000 }, 'cpus:4;mem:7168;disk:94880;ports:[31000-32000]'],
    [{ cpus: 1, memMb: 1000, diskMb: 8000 }, 'cpus:1;mem:500;disk:4000;ports:[31000-32000]'],
  ])('is detected as Mesos does: %j', (machine, text) => {
    expect(detectedResources(machine)).toBe(text);
  });

  it('may grow under the same id where that is allowed, and never shrink', () => {
    const info = (resources: string, attributes: string) => ({
      hostname: 'h',
      port: 1,
      resources: toResources(parseResources(resources), 'post'),
      attributes: parseAttributes(attributes),
    });
    const before = info('cpus:4;mem:100', 'rack:a');
    expect(incompatible(before, info('mem:100;cpus:4', 'rack:a'), 'equal')).toBeNull();
    expect(incompatible(before, info('cpus:5;mem:100', 'rack:a'), 'equal')).toMatch(/^resources were/);
    expect(incompatible(before, info('cpus:5;mem:100', 'rack:a;zone:b'), 'additive')).toBeNull();
    expect(incompatible(before, info('cpus:3;mem:100', 'rack:a'), 'additive')).toMatch(/^resources were/);
    expect(incompatible(before, info('cpus:4;mem:100', 'rack:b'), 'additive')).toMatch(/^attributes were/);
    expect(incompatible(before, { ...before, hostname: 'i' }, 'additive')).toMatch(
      /^hostname were h and are i/,
    );
  });
});

describe('the way to the master', () => {
  it('is a bounded queue that keeps the order, in batches', () => {
    const box = newOutbox();
    for (let i = 0; i < OUTBOX_MAX; i++) put(box, { type: 'MESSAGE', data: String(i) });
    expect(put(box, { type: 'PONG' })).toBe(false);
    expect(box.refused).toBe(1);
    expect(takeBatch(box).map((message) => message.data)).toEqual(
      Array.from({ length: AGENT_BATCH_MAX }, (_, i) => String(i)),
    );
    expect(box.waiting).toHaveLength(OUTBOX_MAX - AGENT_BATCH_MAX);
  });

  it('is tried again after a random part of 1 s, 2 s, 4 s, ... 1 min', () => {
    expect([0, 1, 2, 5, 6, 100].map((n) => registrationBackoffMs(n, 1))).toEqual([
      1000, 2000, 4000, 32_000, 60_000, 60_000,
    ]);
    expect(registrationBackoffMs(3, 0)).toBe(0);
  });
});

describe('a uuid', () => {
  it.each([
    ['AAAAAAAAQACAAAAAAAAAAQ==', true],
    ['1828C5ACKJjNJvTJRp+bmA==', true],
    ['qE0vueFv6lODMvfgG2Vqkw==', false],
    ['Gn/4bKeZZXLGQ81jnefzKA==', false],
    ['fwDrradotwafIOoKmoaIpw==', false],
    ['', false],
  ])('%s is one, as a real agent says: %s', (text, is) => {
    expect(isUuid(text)).toBe(is);
  });
});
