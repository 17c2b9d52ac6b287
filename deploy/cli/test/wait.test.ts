import { activeInstances, chosen, presentTask } from '../src/tasks-core.js';
import { judge } from '../src/wait-core.js';
import { task } from './tasks.js';

describe('the run of an instance that counts', () => {
  it('is the active one, else the one that began last', () => {
    const first = task({
      id: 'a',
      state: 'FAILED',
      events: [{ at: 1, state: 'PENDING', message: null, by: null }],
    });
    const second = task({
      id: 'b',
      state: 'LOST',
      events: [{ at: 2, state: 'PENDING', message: null, by: null }],
    });
    const active = task({ id: 'c', state: 'RUNNING' });
    expect(presentTask([second, first], 0)?.id).toBe('b');
    expect(presentTask([second, active, first], 0)?.id).toBe('c');
    expect(presentTask([second], 1)).toBeUndefined();
  });

  it('tells which instances are active, and which of those named are not', () => {
    const tasks = [task({ instance: 2 }), task({ instance: 0 }), task({ instance: 1, state: 'KILLED' })];
    expect(activeInstances(tasks)).toEqual([0, 2]);
    expect(chosen(tasks, [0, 1])).toEqual({ instances: [0], absent: [1] });
    expect(chosen(tasks, undefined)).toEqual({ instances: [0, 2], absent: [] });
  });
});

describe('waiting', () => {
  it('for RUNNING is over when each instance runs or has finished', () => {
    const tasks = [task({ instance: 0, state: 'RUNNING' }), task({ instance: 1, state: 'FINISHED' })];
    expect(judge('RUNNING', tasks, [0, 1])).toEqual({ kind: 'reached', text: '2/2 RUNNING' });
  });

  it('says how far it is, and why the rest is not there', () => {
    const tasks = [
      task({ instance: 0, state: 'RUNNING' }),
      task({ instance: 1, pendingReason: 'no agent has enough cpu' }),
      task({ instance: 2, pendingReason: 'no agent has enough cpu' }),
      task({ instance: 3, state: 'STARTING' }),
    ];
    expect(judge('RUNNING', tasks, [0, 1, 2, 3])).toEqual({
      kind: 'waiting',
      text: '1/4 RUNNING, 2 PENDING, 1 STARTING: no agent has enough cpu',
    });
  });

  it.each(['FAILED', 'KILLED', 'LOST'] as const)(
    'for RUNNING is in vain once a run is %s for good',
    (state) => {
      const verdict = judge('RUNNING', [task({ state, message: 'boom' })], [0]);
      expect(verdict).toEqual({ kind: 'failed', text: `instance 0 is ${state}: boom` });
    },
  );

  it('for FINISHED is over when each has finished, or is out of the history', () => {
    expect(judge('FINISHED', [task({ state: 'FINISHED' })], [0, 1])).toEqual({
      kind: 'reached',
      text: '2/2 FINISHED',
    });
    expect(judge('FINISHED', [task({ state: 'RUNNING' })], [0]).kind).toBe('waiting');
  });

  it.each(['FAILED', 'KILLED', 'LOST'] as const)(
    'for FINISHED is in vain when all have ended and one is %s',
    (state) => {
      const failed = task({ instance: 0, state, message: 'boom' });
      expect(judge('FINISHED', [failed, task({ instance: 1, state: 'RUNNING' })], [0, 1])).toEqual({
        kind: 'waiting',
        text: `0/2 FINISHED, 1 ${state}, 1 RUNNING`,
      });
      expect(judge('FINISHED', [failed, task({ instance: 1, state: 'FINISHED' })], [0, 1])).toEqual({
        kind: 'failed',
        text: `instance 0 is ${state}: boom`,
      });
    },
  );

  it('says what became of the run before, where one is tried again', () => {
    const before = task({ id: 'a', state: 'FAILED', message: 'unhealthy' });
    const again = task({ id: 'b', state: 'THROTTLED', ancestorId: 'a' });
    expect(judge('RUNNING', [again, before], [0]).text).toBe(
      '0/1 RUNNING, 1 THROTTLED: instance 0 was FAILED before: unhealthy',
    );
  });

  it('says the same as long as only the time of the next attempt changes', () => {
    const texts = ['1 s', '2 s'].map(
      (time) => judge('RUNNING', [task({ pendingReason: `no cpu; next attempt in ${time}` })], [0]).text,
    );
    expect(texts).toEqual(['0/1 RUNNING, 1 PENDING: no cpu', '0/1 RUNNING, 1 PENDING: no cpu']);
  });

  it('for the end of a kill is over when nothing is active', () => {
    const tasks = [task({ instance: 0, state: 'KILLING' }), task({ instance: 1, state: 'KILLED' })];
    expect(judge('GONE', tasks, [0, 1])).toEqual({ kind: 'waiting', text: '1/2 killed, 1 KILLING' });
    expect(judge('GONE', [], [0])).toEqual({ kind: 'reached', text: '1/1 killed' });
  });
});
