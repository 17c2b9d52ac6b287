import type { Task } from '../../src/model/task.js';
import { CHUNK_BYTES_MAX, encodeChunks } from '../../src/state/encode-core.js';
import {
  createState,
  decodeTransaction,
  encodeTransaction,
  StateFormatError,
} from '../../src/state/index.js';
import type { State } from '../../src/state/index.js';
import { contents, decoded, JOB, recovered, World } from './world.js';

function busy(): World {
  const world = new World();
  world.seen('a1');
  world.seen('a2', { attributes: new Map([['rack', ['r2']]]) });
  world.create({ instances: 4 });
  world.start();
  world.execute({ kind: 'restart', job: JOB, instances: [1] });
  world.update(world.task(1).id, 'killed');
  world.update(world.task(2).id, 'failed');
  world.execute({ kind: 'kill', job: JOB, instances: [3] });
  world.run((tx) => tx.put('meta', 'framework-id', { value: 'f-1' }));
  return world;
}

const fromSnapshot = (state: State): State => {
  const loaded = createState();
  for (const chunk of state.snapshotChunks()) loaded.loadChunk(chunk);
  return loaded;
};

describe('a transaction', () => {
  it('is seen at once, and gone without a trace when it throws', () => {
    const world = busy();
    const before = contents(world.state);
    const entries = world.log.length;
    expect(() =>
      world.run((tx) => {
        for (const task of tx.activeOfJob(JOB)) tx.put('tasks', task.id, { ...task, state: 'LOST' });
        expect(tx.activeOfJob(JOB)).toEqual([]);
        const [task] = tx.tasksOfJob(JOB);
        tx.put('tasks', 'new', { ...task!, id: 'new', job: 'a/prod/b', state: 'PENDING' });
        tx.delete('tasks', task!.id);
        tx.delete('agents', 'a1');
        tx.delete('meta', 'framework-id');
        tx.put('audit', '0000000000000099', { ...tx.audit(1)[0]!, id: '0000000000000099' });
        throw new Error('no');
      }),
    ).toThrow('no');
    expect(contents(world.state)).toEqual(before);
    expect(world.log).toHaveLength(entries);
  });

  it('has one change for each record, with what it was before', () => {
    const world = busy();
    const { id } = world.task(0);
    const old = world.state.task(id)!;
    const { committed } = world.state.transact(5, (tx) => {
      tx.put('tasks', id, { ...old, flaps: 1 });
      tx.put('tasks', id, { ...old, flaps: 2 });
      tx.put('tasks', 'x', { ...old, id: 'x' });
      tx.delete('tasks', 'x');
      tx.put('meta', 'framework-id', { value: 'f-2' });
    });
    expect(committed).toEqual({
      transaction: {
        at: 5,
        ops: [
          { table: 'tasks', key: id, value: { ...old, flaps: 2 } },
          { table: 'meta', key: 'framework-id', value: { value: 'f-2' } },
        ],
      },
      before: [old, { value: 'f-1' }],
    });
  });

  it('that changes nothing is none', () => {
    const world = busy();
    const { committed } = world.state.transact(5, (tx) => {
      const task = tx.activeOfJob(JOB)[0]!;
      tx.put('tasks', task.id, { ...task, flaps: 9 });
      tx.put('tasks', task.id, task);
    });
    expect(committed).toBeNull();
  });

  it('is the only way to write, and holds no other', () => {
    const { state } = busy();
    let kept: { delete: (table: 'meta', key: string) => void } | undefined;
    state.transact(0, (tx) => {
      kept = tx;
      expect(() => state.transact(0, () => null)).toThrow('under way');
    });
    expect(() => kept?.delete('meta', 'framework-id')).toThrow('no transaction');
  });

  it('is applied in any order of its changes, and any number of times', () => {
    const world = busy();
    const state = createState();
    for (const transaction of decoded(world.log)) {
      state.apply({ ...transaction, ops: [...transaction.ops].reverse() });
      state.apply(transaction);
    }
    expect(contents(state)).toEqual(contents(world.state));
  });
});

describe('a snapshot', () => {
  it('is the whole state, in chunks that can be read in any order', () => {
    const { state } = busy();
    expect(contents(fromSnapshot(state))).toEqual(contents(state));
    const loaded = createState();
    for (const chunk of [...state.snapshotChunks()].reverse()) loaded.loadChunk(chunk);
    expect(contents(loaded)).toEqual(contents(state));
  });

  it('is of the moment it was asked for, though it is read later', () => {
    const world = busy();
    const before = contents(world.state);
    const chunks = world.state.snapshotChunks();
    world.execute({ kind: 'kill', job: JOB, instances: null });
    const loaded = createState();
    for (const chunk of chunks) loaded.loadChunk(chunk);
    expect(contents(loaded)).toEqual(before);
  });

  it('has chunks of at most a megabyte, but for a record that is longer', () => {
    const record = (value: string) => ({ table: 'meta' as const, key: value.slice(0, 9), value: { value } });
    const sizes = [
      ...encodeChunks([
        ...Array.from({ length: 300 }, (_, index) => record(`${index} ${'ä'.repeat(5000)}`)),
        record('x'.repeat(2 * CHUNK_BYTES_MAX)),
        record('end'),
      ]),
    ].map((chunk) => chunk.length);
    expect(sizes.filter((size) => size > CHUNK_BYTES_MAX)).toHaveLength(1);
    expect(sizes.length).toBeGreaterThan(4);
  });

  it('of nothing is readable too', () => {
    expect(contents(fromSnapshot(createState()))).toEqual(contents(createState()));
  });
});

describe('the encoding', () => {
  it('reads back what it wrote', () => {
    for (const entry of busy().log) {
      const transaction = decodeTransaction(entry);
      expect(decodeTransaction(encodeTransaction(transaction))).toEqual(transaction);
    }
  });

  it.each([
    ['', 'not JSON'],
    ['{"version":2,"at":1,"ops":[]}', 'version 2 instead of 1'],
    ['null', 'version none'],
    ['{"version":1,"at":"now","ops":[]}', '`at` must be a number'],
    ['{"version":1,"at":1,"ops":[["jobs","a",null]]}', 'one of tasks, configs'],
    ['{"version":1,"at":1,"ops":[["meta","a"]]}', 'not [table, key, value]'],
  ])('refuses %s', (text, message) => {
    const read = () => decodeTransaction(new TextEncoder().encode(text));
    expect(read).toThrow(StateFormatError);
    expect(read).toThrow(message);
  });

  it('refuses a chunk of another version', () => {
    const chunk = new TextEncoder().encode('{"version":7}\n');
    expect(() => createState().loadChunk(chunk)).toThrow('snapshot chunk: version 7 instead of 1');
  });
});

describe('the state', () => {
  it('lists a job by instance, newest first', () => {
    const world = busy();
    expect(world.states()).toEqual([
      '0 RUNNING',
      '1 PENDING',
      '1 KILLED',
      '2 THROTTLED',
      '2 FAILED',
      '3 KILLING',
    ]);
    expect(recovered(world.log).tasksOfJob(JOB)).toEqual(world.state.tasksOfJob(JOB));
  });

  it('lists jobs sorted, and counts by state', () => {
    const world = busy();
    world.create({ role: 'ads', instances: 2 });
    expect(world.state.jobs()).toEqual(['ads/prod/web', JOB]);
    expect(world.state.countInState('PENDING')).toBe(3);
    expect([...world.state.tasksInState('KILLING')].map(({ instance }: Task) => instance)).toEqual([3]);
    expect(world.state.tasksOnAgent('a1').map(({ instance }) => instance)).toEqual([0, 3]);
  });

  it('pages through the audit log, newest first', () => {
    const { state } = busy();
    const [newest] = state.audit(1);
    expect(newest?.action).toBe('job.kill');
    expect(state.audit(5, newest?.id).map(({ action }) => action)).toEqual(['job.restart', 'job.create']);
  });
});
