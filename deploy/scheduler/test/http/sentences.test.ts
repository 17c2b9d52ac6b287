/** What people read: why a task is in its state, why nothing fits. */
import type { WaitingGroup } from '../../src/backend.js';
import { TASK_STATES, type Task, type TaskState } from '../../src/model/task.js';
import type { Refusal } from '../../src/placement/port.js';
import { listed, refusalText } from '../../src/http/refusal-core.js';
import { pendingText, span, whySentence } from '../../src/http/why-core.js';

const NOW = 1_700_000_000_000;
const nearest: Refusal['nearest'] = {
  agentId: 'b',
  host: 'agent-b',
  vetoes: [{ kind: 'resource', about: 'cpu', score: 500, text: 'insufficient cpu: 1 needed, 0.5 free' }],
};

function taskIn(state: TaskState, more: Partial<Task> = {}): Task {
  const placed = state !== 'PENDING' && state !== 'THROTTLED';
  return {
    id: 'www-prod-web-3-u1',
    job: 'www/prod/web',
    instance: 3,
    configId: 'c',
    state,
    events: [{ at: NOW - 180_000, state, message: null, by: null }],
    placement: placed ? { agentId: 'a', host: 'agent-a', ports: {} } : null,
    ancestorId: null,
    failureCount: 0,
    flaps: 0,
    throttledUntil: null,
    ...more,
  };
}

const waiting = (refusal: Refusal | null, nextAttemptAt: number | null = null): WaitingGroup => ({
  job: 'www/prod/web',
  configId: 'c',
  taskIds: [],
  pendingSince: NOW,
  refusal,
  penaltyMs: 0,
  nextAttemptAt,
});

const why = (task: Task | null, group: WaitingGroup | null = null, agentLost = false): string =>
  whySentence({ key: 'www/prod/web/3', task, waiting: group, agentLost, now: NOW });

describe('why', () => {
  it.each([
    ['PENDING', 'www/prod/web/3 is pending for 3 min: it waits for its first attempt'],
    ['THROTTLED', 'www/prod/web/3 is held back, and about to be tried again: its last run ended too soon'],
    ['ASSIGNED', 'www/prod/web/3 was given to an agent on agent-a and is being launched for 3 min'],
    ['STARTING', 'www/prod/web/3 is starting on agent-a for 3 min: it is not healthy yet'],
    ['RUNNING', 'www/prod/web/3 is running on agent-a for 3 min'],
    ['RESTARTING', 'www/prod/web/3 is being restarted on agent-a for 3 min'],
    ['DRAINING', 'www/prod/web/3 is being moved away from its agent on agent-a for 3 min, for maintenance'],
    [
      'PREEMPTING',
      'www/prod/web/3 is being ended on agent-a for 3 min, to make room for a task that goes before it',
    ],
    ['PARTITIONED', 'www/prod/web/3 was last seen running on agent-a: its agent cannot be reached for 3 min'],
    ['KILLING', 'www/prod/web/3 is being killed on agent-a for 3 min'],
    ['FINISHED', 'www/prod/web/3 is not running: it finished on agent-a 3 min ago'],
    ['FAILED', 'www/prod/web/3 is not running: it failed on agent-a 3 min ago'],
    ['KILLED', 'www/prod/web/3 is not running: it was killed on agent-a 3 min ago'],
    ['LOST', 'www/prod/web/3 is not running: it was lost on agent-a 3 min ago'],
  ] as const)('is %s', (state, sentence) => {
    expect(why(taskIn(state))).toBe(sentence);
  });

  it('has words for every state', () => {
    for (const state of TASK_STATES) expect(why(taskIn(state))).toMatch(/^www\/prod\/web\/3 (is|was) /);
  });

  it('was never created', () => {
    expect(why(null)).toBe(
      'www/prod/web/3 was never created, or it ended so long ago that nothing is known of it',
    );
  });

  it('says who killed it, and what the end said', () => {
    const events = [{ at: NOW - 5_000, state: 'KILLED' as const, message: 'too many', by: 'ann' }];
    expect(why(taskIn('KILLED', { events }))).toBe(
      'www/prod/web/3 is not running: it was killed on agent-a 5 s ago by ann (too many)',
    );
  });

  it('stays one line, whatever the end said', () => {
    const message = `exit 1\n  at main\n${'x'.repeat(1000)}`;
    const events = [{ at: NOW - 5_000, state: 'FAILED' as const, message, by: null }];
    const sentence = why(taskIn('FAILED', { events }));
    expect(sentence).toContain('5 s ago (exit 1 at main xxx');
    expect(sentence.length).toBeLessThan(400);
  });

  it('says until when it is held back', () => {
    const task = taskIn('THROTTLED', { throttledUntil: NOW + 30_000, flaps: 3 });
    expect(why(task)).toBe('www/prod/web/3 is held back for another 30 s: 3 runs in a row ended too soon');
  });

  it('says that the agent is gone', () => {
    expect(why(taskIn('RUNNING'), null, true)).toContain('; its agent is gone');
  });

  it('is pending for what the nearest agent lacks, and when it is tried again', () => {
    const group = waiting({ nearest, counts: { resource: 2, dedicated: 1 } }, NOW + 3_000);
    expect(why(taskIn('PENDING'), group)).toBe(
      'www/prod/web/3 is pending for 3 min: of 3 agents, 2 have too little free and 1 is not open to it (dedicated); ' +
        'nearest is agent-b: insufficient cpu: 1 needed, 0.5 free; next attempt in 3 s',
    );
    expect(pendingText(null, NOW)).toBe('it waits for its first attempt');
  });
});

describe('a refusal', () => {
  it.each<[Refusal, string]>([
    [{ nearest: null, counts: {} }, 'no agent offers anything'],
    [{ nearest: null, counts: { 'no-agents': 1 } }, 'no agent offers anything'],
    [{ nearest: null, counts: { resource: 1 } }, 'the only agent has too little free'],
    [{ nearest: null, counts: { constraint: 4 } }, 'all 4 agents do not meet a constraint'],
    [
      { nearest: null, counts: { limit: 1, draining: 2, resource: 1 } },
      'of 4 agents, 1 has too little free, 1 has as many of the job as a limit allows and 2 are being emptied for maintenance',
    ],
    [{ nearest, counts: {} }, 'nearest is agent-b: insufficient cpu: 1 needed, 0.5 free'],
  ])('%j', (refusal, text) => {
    expect(refusalText(refusal)).toBe(text);
  });

  it('lists with an and', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c']].map(listed)).toEqual(['', 'a', 'a and b', 'a, b and c']);
  });
});

describe('a span', () => {
  it.each([
    [0, 'less than 1 s'],
    [-5, 'less than 1 s'],
    [1_999, '1 s'],
    [61_000, '1 min 1 s'],
    [3_600_000, '1 h'],
    [90_000_000, '1 d 1 h'],
    [86_400_000 + 5_000, '1 d'],
  ])('of %i ms is %s', (ms, text) => {
    expect(span(ms)).toBe(text);
  });
});
