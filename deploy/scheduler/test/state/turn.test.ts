import { TASK_STATES, TERMINAL } from '../../src/model/task.js';
import type { Task } from '../../src/model/task.js';
import { isLegal } from '../../src/state/machine-core.js';
import type { MachineState } from '../../src/state/machine-core.js';
import { createMemory, Turn } from '../../src/state/turn-core.js';
import { JOB, World } from './world.js';

const TARGETS: readonly MachineState[] = ['INIT', ...TASK_STATES, 'DELETED'];
const PAIRS = TASK_STATES.flatMap((from) => TARGETS.map((to) => [from, to] as const));

/** One task, put into a state by hand, and moved. */
function moved(from: Task['state'], to: MachineState) {
  const world = new World();
  world.create({ instances: 1 });
  world.start();
  const { id } = world.task();
  world.run((tx) => {
    const task = tx.task(id)!;
    const waiting = from === 'PENDING' || from === 'THROTTLED';
    const event = { at: world.now, state: from, message: null, by: null };
    tx.put('tasks', id, {
      ...task,
      state: from,
      events: [...task.events, event],
      placement: waiting ? null : task.placement,
      throttledUntil: from === 'THROTTLED' ? world.now + 1 : null,
    });
  });
  const memory = createMemory();
  const before = world.state.task(id);
  const { result, committed } = world.state.transact(world.now, (tx) => {
    const turn = new Turn(tx, world.context, memory);
    return { done: turn.move(id, to, { message: null }), effects: turn.effects };
  });
  return { ...result, committed, memory, before, task: world.state.task(id), active: world.active(JOB) };
}

describe('a move', () => {
  it.each(PAIRS.filter(([from, to]) => !isLegal(from, to)))(
    'from %s to %s is refused and counted, and changes nothing',
    (from, to) => {
      const { done, committed, effects, memory, task, before } = moved(from, to);
      expect([done, committed, effects]).toEqual([false, null, []]);
      expect(task).toBe(before);
      expect(memory.illegalTransitions).toBe(from === to ? 0 : 1);
    },
  );

  it.each(PAIRS.filter(([from, to]) => isLegal(from, to)))(
    'from %s to %s leaves a service that nobody killed with one active task',
    (from, to) => {
      const { done, memory, task, active } = moved(from, to);
      expect(done).toBe(true);
      expect(memory.illegalTransitions).toBe(0);
      const gone = to === 'DELETED' || (task === undefined && to === 'KILLING');
      const unwanted = from === 'KILLING' || to === 'KILLING' || TERMINAL.has(from);
      expect(task === undefined).toBe(gone);
      if (!unwanted) expect(active).toHaveLength(1);
      if (unwanted) expect(active.filter(({ state }) => state !== 'KILLING')).toEqual([]);
    },
  );

  it('of a task that is not there is refused and counted', () => {
    const world = new World();
    const memory = createMemory();
    const done = world.run((tx) => new Turn(tx, world.context, memory).move('x', 'LOST', { message: null }));
    expect([done, memory.illegalTransitions]).toEqual([false, 1]);
  });
});
