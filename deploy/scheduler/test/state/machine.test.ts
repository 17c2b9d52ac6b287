import { flapped, flapPenaltyMs, followUps, isLegal, TRANSITIONS } from '../../src/state/machine-core.js';
import type { Facts, MachineState } from '../../src/state/machine-core.js';
import { TASK_STATES } from '../../src/model/task.js';
import type { TaskState } from '../../src/model/task.js';

const STATES: readonly MachineState[] = ['INIT', ...TASK_STATES, 'DELETED'];

/** Aurora's table, as its documentation and code have it. */
const AURORA = `
  INIT: PENDING THROTTLED
  THROTTLED: PENDING KILLING
  PENDING: ASSIGNED KILLING
  ASSIGNED: STARTING RUNNING FINISHED FAILED RESTARTING DRAINING PREEMPTING KILLED KILLING LOST
  STARTING: RUNNING FINISHED FAILED RESTARTING DRAINING PREEMPTING KILLING KILLED LOST PARTITIONED
  RUNNING: FINISHED FAILED RESTARTING DRAINING PREEMPTING KILLING KILLED LOST PARTITIONED
  RESTARTING: FINISHED FAILED KILLING KILLED LOST PARTITIONED
  DRAINING: FINISHED FAILED KILLING KILLED LOST PARTITIONED
  PREEMPTING: FINISHED FAILED KILLING KILLED LOST PARTITIONED
  PARTITIONED: LOST FAILED FINISHED RUNNING ASSIGNED STARTING RESTARTING DRAINING PREEMPTING KILLING
  KILLING: FINISHED FAILED KILLED LOST DELETED PARTITIONED
  FINISHED: DELETED
  FAILED: DELETED
  KILLED: DELETED
  LOST: DELETED
  DELETED:
`;
/** What Murmur allows beyond it. */
const MORE = ['ASSIGNED PARTITIONED', 'PARTITIONED KILLED'];

const LEGAL = new Set([
  ...AURORA.trim()
    .split('\n')
    .flatMap((line) => {
      const [from = '', to = ''] = line.trim().split(':');
      return to
        .split(' ')
        .filter((state) => state !== '')
        .map((state) => `${from} ${state}`);
    }),
  ...MORE,
]);
const PAIRS = STATES.flatMap((from) => STATES.map((to) => [from, to] as const));

const facts = (more: Partial<Facts> = {}): Facts => ({
  service: false,
  maxTaskFailures: 1,
  failureCount: 0,
  wasKilling: false,
  ...more,
});
const does = (from: MachineState, to: MachineState, more: Partial<Facts> = {}) =>
  followUps(from, to, facts(more)).join(' ');

describe('the task machine', () => {
  it('knows 14 states and two more', () => {
    expect(Object.keys(TRANSITIONS).sort()).toEqual([...STATES].sort());
    expect(STATES).toHaveLength(16);
    expect(PAIRS).toHaveLength(256);
  });

  it.each(PAIRS)('from %s to %s is as the reference has it', (from, to) => {
    expect(isLegal(from, to)).toBe(LEGAL.has(`${from} ${to}`));
  });
});

/** What follows a legal transition of an ad-hoc task that may fail once / of a service. */
const FOLLOWS: readonly (readonly [string, string, string])[] = [
  ['INIT PENDING', 'save', 'save'],
  ['INIT THROTTLED', 'save', 'save'],
  ['THROTTLED PENDING', 'save', 'save'],
  ['THROTTLED KILLING', 'delete', 'delete'],
  ['PENDING ASSIGNED', 'save', 'save'],
  ['PENDING KILLING', 'delete', 'delete'],
  ...['ASSIGNED', 'STARTING', 'RUNNING'].flatMap((from) => [
    [`${from} FINISHED`, 'save', 'save reschedule'] as const,
    [`${from} FAILED`, 'count-failure save', 'count-failure save reschedule'] as const,
    [`${from} KILLED`, 'save reschedule', 'save reschedule'] as const,
    [`${from} LOST`, 'save reschedule kill', 'save reschedule kill'] as const,
    [`${from} PARTITIONED`, 'save', 'save'] as const,
    ...['RESTARTING', 'DRAINING', 'PREEMPTING', 'KILLING'].map(
      (to) => [`${from} ${to}`, 'save kill', 'save kill'] as const,
    ),
  ]),
  ['ASSIGNED STARTING', 'save', 'save'],
  ['ASSIGNED RUNNING', 'save', 'save'],
  ['STARTING RUNNING', 'save', 'save'],
  ...['RESTARTING', 'DRAINING', 'PREEMPTING'].flatMap((from) => [
    [`${from} FINISHED`, 'save reschedule', 'save reschedule'] as const,
    [`${from} FAILED`, 'save reschedule', 'save reschedule'] as const,
    [`${from} KILLED`, 'save reschedule', 'save reschedule'] as const,
    [`${from} LOST`, 'save reschedule kill', 'save reschedule kill'] as const,
    [`${from} PARTITIONED`, 'save to-lost', 'save to-lost'] as const,
    [`${from} KILLING`, 'save kill', 'save kill'] as const,
  ]),
  ['PARTITIONED LOST', 'save reschedule kill', 'save reschedule kill'],
  ['PARTITIONED FAILED', 'count-failure save', 'count-failure save reschedule'],
  ['PARTITIONED FINISHED', 'save', 'save reschedule'],
  ['PARTITIONED KILLED', 'save reschedule', 'save reschedule'],
  ...['RUNNING', 'ASSIGNED', 'STARTING'].map((to) => [`PARTITIONED ${to}`, 'save', 'save'] as const),
  ...['RESTARTING', 'DRAINING', 'PREEMPTING', 'KILLING'].map(
    (to) => [`PARTITIONED ${to}`, 'save to-lost', 'save to-lost'] as const,
  ),
  ...['FINISHED', 'FAILED', 'KILLED'].map((to) => [`KILLING ${to}`, 'save', 'save'] as const),
  ['KILLING LOST', 'save kill', 'save kill'],
  ['KILLING PARTITIONED', 'save to-lost', 'save to-lost'],
  ...['KILLING', 'FINISHED', 'FAILED', 'KILLED', 'LOST'].map(
    (from) => [`${from} DELETED`, 'delete', 'delete'] as const,
  ),
];

describe('what follows from a transition', () => {
  it('is said here for every legal one', () => {
    expect(FOLLOWS.map(([pair]) => pair).sort()).toEqual([...LEGAL].sort());
  });

  it.each(FOLLOWS)('%s: ad-hoc %s, service %s', (pair, adhoc, service) => {
    const [from, to] = pair.split(' ') as [MachineState, MachineState];
    expect(does(from, to)).toBe(adhoc);
    expect(does(from, to, { service: true })).toBe(service);
  });

  it('replaces a failed ad-hoc task until it has failed max_task_failures times', () => {
    const failed = 'count-failure save';
    expect(does('RUNNING', 'FAILED', { maxTaskFailures: 3, failureCount: 1 })).toBe(`${failed} reschedule`);
    expect(does('RUNNING', 'FAILED', { maxTaskFailures: 3, failureCount: 2 })).toBe(failed);
    expect(does('RUNNING', 'FAILED', { maxTaskFailures: -1, failureCount: 99 })).toBe(`${failed} reschedule`);
  });

  it('never replaces what was to be killed, though its agent was away meanwhile', () => {
    for (const to of ['LOST', 'KILLED', 'FINISHED', 'FAILED'] as const) {
      expect(does('PARTITIONED', to, { service: true, wasKilling: true })).not.toContain('reschedule');
    }
  });
});

const history = (...events: readonly (readonly [TaskState, number])[]) => ({
  events: events.map(([state, seconds]) => ({ state, at: seconds * 1000, message: null, by: null })),
});

describe('flapping', () => {
  it('is a run of less than five minutes that ended by itself', () => {
    expect(flapped(history(['PENDING', 0], ['ASSIGNED', 1], ['RUNNING', 2], ['FAILED', 301]))).toBe(true);
    expect(flapped(history(['PENDING', 0], ['ASSIGNED', 1], ['RUNNING', 2], ['FAILED', 302]))).toBe(false);
    expect(flapped(history(['PENDING', 0], ['ASSIGNED', 900], ['FAILED', 901]))).toBe(true);
  });

  it.each(['RESTARTING', 'KILLING', 'DRAINING', 'PREEMPTING', 'PARTITIONED'] as const)(
    'is not a run that ended out of %s',
    (state) => {
      expect(flapped(history(['RUNNING', 2], [state, 3], ['LOST', 4]))).toBe(false);
    },
  );

  it('counts a run from when it first ran, though its agent was away meanwhile', () => {
    const back = history(['RUNNING', 0], ['PARTITIONED', 400], ['RUNNING', 410], ['FAILED', 411]);
    expect(flapped(back)).toBe(false);
  });

  it('costs 30 seconds, doubling up to five minutes', () => {
    expect([0, 1, 2, 3, 4, 5, 6, 1000].map((flaps) => flapPenaltyMs(flaps))).toEqual(
      [0, 30, 60, 120, 240, 300, 300, 300].map((seconds) => seconds * 1000),
    );
  });
});
