import {
  SchedulerEvent,
  TaskInfo,
  TaskState,
  createRecordDecoder,
  decodeText,
  encode,
  redirectedTo,
  staticDetector,
  urlOfMaster,
  type Launch,
} from '../../src/index.js';
import {
  fromAmounts,
  toAmounts,
  toAttributes,
  toInverseOffer,
  toOffer,
  toTaskInfo,
  toUpdate,
} from '../../src/mesos/translate-core.js';
import { schedulerLines } from '../wire/transcripts.js';

const recorded = schedulerLines()
  .flatMap((line) =>
    line.what === 'stream chunk' ? createRecordDecoder().push(Buffer.from(line.bytes)) : [],
  )
  .map((record) => decodeText(SchedulerEvent, record.toString()));

const launch: Launch = {
  taskId: 't1',
  name: 'web',
  agentId: 'a1',
  resources: { cpus: 0.5, memMb: 128, diskMb: 64, gpus: 0, ports: [{ first: 31_000, last: 31_001 }] },
  revocable: [],
  executor: {
    id: 'e1',
    command: './run',
    environment: { A: 'b' },
    artifacts: [{ uri: 'file:///x.tgz', executable: false, extract: true }],
    resources: { cpus: 0.25, memMb: 128, diskMb: 0 },
    shutdownGraceMs: 5_000,
    user: 'nobody',
  },
  data: new TextEncoder().encode('payload'),
  labels: { k: 'v' },
  portNames: { http: 31_000 },
};

describe('between the port and Mesos', () => {
  it('reads the offers of a real Mesos', () => {
    const [first] = recorded.flatMap(({ offers }) => offers?.offers ?? []);
    if (first === undefined) throw new Error('no offer in the recording');
    expect(toOffer(first)).toMatchObject({
      hostname: 'localhost',
      agentUrl: 'http://127.0.0.1:5051',
      resources: { cpus: 4, memMb: 4096, diskMb: 4096, gpus: 0, ports: [{ first: 31_000, last: 32_000 }] },
      revocable: { cpus: 0, memMb: 0, diskMb: 0, gpus: 0, ports: [] },
      attributes: new Map([['rack', ['a']]]),
      absence: null,
    });
  });

  it('reads the updates of a real Mesos, with a receipt where one is wanted', () => {
    const updates = recorded.flatMap(({ update }) =>
      update === undefined ? [] : [toUpdate(update.status, 0)],
    );
    const of = (taskId: string) =>
      updates.filter((update) => update.taskId === taskId).map(({ state }) => state);
    expect(of('command-1')).toEqual(['starting', 'running', 'finished']);
    expect(updates.find(({ taskId, state }) => taskId === 'oom-1' && state === 'failed')).toMatchObject({
      reason: 'memory-limit',
    });
    expect(updates.find(({ taskId }) => taskId === 'nobody')).toMatchObject({
      state: 'unknown',
      reason: 'reconciliation',
      agentId: null,
      receipt: null,
    });
  });

  it('has a word for every state of Mesos', () => {
    for (const state of TaskState.values)
      expect(toUpdate({ task_id: { value: 't' }, state }, 7).state).toMatch(/^[a-z]+$/);
  });

  it('calls a reason that no scheduler acts on "other", and takes the time where none is given', () => {
    const status = { task_id: { value: 't' }, state: 'TASK_FAILED', reason: 'REASON_GC_ERROR' } as const;
    expect(toUpdate(status, 7)).toMatchObject({ reason: 'other', at: 7 });
  });

  it('asks for what it got: amounts survive the way there and back', () => {
    expect(toAmounts(fromAmounts(launch.resources))).toEqual(launch.resources);
  });

  it('adds up a resource that comes in several reservations', () => {
    const part = (value: number, role: string) =>
      ({ name: 'cpus', type: 'SCALAR', scalar: { value }, role }) as const;
    expect(toAmounts([part(0.1, '*'), part(0.2, 'prod')]).cpus).toBe(0.3);
  });

  it('keeps what may be taken back apart from what may not', () => {
    const offer = {
      id: { value: 'o' },
      framework_id: { value: 'f' },
      agent_id: { value: 'a' },
      hostname: 'h',
      resources: [
        { name: 'cpus', type: 'SCALAR', scalar: { value: 1 } },
        { name: 'cpus', type: 'SCALAR', scalar: { value: 3 }, revocable: {} },
      ],
      unavailability: { start: { nanoseconds: 5e9 } },
    } as const;
    expect(toOffer(offer)).toMatchObject({
      resources: { cpus: 1 },
      revocable: { cpus: 3 },
      absence: { startAt: 5_000, durationMs: null },
    });
    expect(
      toInverseOffer({
        ...offer,
        unavailability: { start: { nanoseconds: 1e6 }, duration: { nanoseconds: 2e6 } },
      }),
    ).toEqual({
      id: 'o',
      agentId: 'a',
      absence: { startAt: 1, durationMs: 2 },
    });
  });

  it('gives every kind of attribute as text', () => {
    const attributes = toAttributes([
      { name: 'rack', type: 'TEXT', text: { value: 'a' } },
      { name: 'level', type: 'SCALAR', scalar: { value: 10 } },
      { name: 'keys', type: 'RANGES', ranges: { range: [{ begin: 1, end: 5 }] } },
      { name: 'rack', type: 'SET', set: { item: ['b', 'c'] } },
    ]);
    expect([...attributes]).toEqual([
      ['rack', ['a', 'b', 'c']],
      ['level', ['10']],
      ['keys', ['1-5']],
    ]);
  });

  it('makes a task that Mesos can read', () => {
    const task = decodeText(TaskInfo, encode(TaskInfo, toTaskInfo(launch)));
    expect(task).toMatchObject({
      task_id: { value: 't1' },
      agent_id: { value: 'a1' },
      data: Buffer.from('payload').toString('base64'),
      labels: { labels: [{ key: 'k', value: 'v' }] },
      discovery: { visibility: 'CLUSTER', ports: { ports: [{ name: 'http', number: 31_000 }] } },
      executor: {
        executor_id: { value: 'e1' },
        command: {
          value: './run',
          shell: true,
          user: 'nobody',
          uris: [{ value: 'file:///x.tgz', extract: true }],
        },
        shutdown_grace_period: { nanoseconds: 5e9 },
      },
    });
  });

  it('asks for revocable processors where it was told to', () => {
    const resources = toTaskInfo({ ...launch, revocable: ['cpus'] }).resources ?? [];
    expect(resources.map(({ name, revocable }) => [name, revocable !== undefined])).toEqual([
      ['cpus', true],
      ['mem', false],
      ['disk', false],
      ['ports', false],
    ]);
  });

  it('finds a master in what it wrote into ZooKeeper, and nobody in rubbish', () => {
    const [subscribed] = recorded.flatMap(({ subscribed: one }) => (one === undefined ? [] : [one]));
    expect(urlOfMaster('json.info', JSON.stringify(subscribed?.master_info))).toBe('http://127.0.0.1:5050');
    expect(urlOfMaster('json.info', '{"id":')).toBeNull();
    expect(urlOfMaster('info', 'protobuf')).toBeNull();
  });

  it.each([
    ['host:5050', 'http://host:5050'],
    ['http://h:1/x', 'http://h:1'],
    ['[::1]:5050', 'http://[::1]:5050'],
  ])('finds a master at %s', (text, url) => {
    expect(staticDetector(text).leader()).toBe(url);
  });

  it.each(['', 'host', 'host:0', 'host:99999', 'a b:1', 'ftp://host:21'])('refuses the master %j', (text) => {
    expect(() => staticDetector(text)).toThrow(`master "${text}" is not allowed; allowed are host:port`);
  });

  it.each([
    [307, '//127.0.0.1:5050/internal/agent', 'http://127.0.0.1:5050'],
    [307, '//[::1]:5050/x', 'http://[::1]:5050'],
    [307, '//h:999999/', null],
    [200, '//h:1/', null],
  ])('follows a %i to %s', (status, location, url) => {
    expect(redirectedTo({ status, headers: { location } }, 'http://asked:1')).toBe(url);
  });
});
