import {
  BATCH_INTERVAL_MS,
  BATCH_TASKS,
  FIRST_AFTER_MS,
  ReconcileSchedule,
} from '../../src/engine/reconcile-core.js';

const HOUR = 3_600_000;
const knobs = { explicitIntervalMs: HOUR, implicitIntervalMs: HOUR };
const ids = (count: number): string[] => Array.from({ length: count }, (_, i) => `t${i}`);
const none = (): string[] => [];

describe('the schedule of reconciliation', () => {
  it('asks in batches, some seconds apart', () => {
    const schedule = new ReconcileSchedule(knobs, 0, 0);
    expect(schedule.ask(ids(2 * BATCH_TASKS + 1), 10)).toBe(2 * BATCH_TASKS + 1);
    const sizes = [
      10,
      11,
      10 + BATCH_INTERVAL_MS,
      10 + 2 * BATCH_INTERVAL_MS,
      10 + 3 * BATCH_INTERVAL_MS,
    ].map((now) =>
      schedule.due(now, none).map((order) => (order.kind === 'explicit' ? order.taskIds.length : order.kind)),
    );
    expect(sizes).toEqual([[BATCH_TASKS], [], [BATCH_TASKS], [1], []]);
  });

  it('asks for every task a minute after the start, and then once in an interval', () => {
    const schedule = new ReconcileSchedule(knobs, 0, 0);
    const explicit = (now: number): boolean =>
      schedule.due(now, () => ['t1']).some(({ kind }) => kind === 'explicit');
    expect(explicit(FIRST_AFTER_MS - 1)).toBe(false);
    expect(explicit(FIRST_AFTER_MS)).toBe(true);
    expect(explicit(FIRST_AFTER_MS + HOUR - 1)).toBe(false);
    expect(explicit(FIRST_AFTER_MS + HOUR)).toBe(true);
  });

  it('asks after a connection at once, and again when agents have had time to come back to a new master', () => {
    const schedule = new ReconcileSchedule(knobs, 0, 0);
    const explicit = (now: number): boolean =>
      schedule.due(now, () => ['t1']).some(({ kind }) => kind === 'explicit');
    expect(explicit(FIRST_AFTER_MS)).toBe(true);
    const at = FIRST_AFTER_MS + HOUR / 4;
    schedule.connected(['t1'], at);
    expect([at, at + FIRST_AFTER_MS - 1, at + FIRST_AFTER_MS, at + FIRST_AFTER_MS + 1].map(explicit)).toEqual(
      [true, false, true, false],
    );
  });

  it('asks for everything the engine knows half an interval apart from that', () => {
    const schedule = new ReconcileSchedule(knobs, 0, 0);
    expect(schedule.due(FIRST_AFTER_MS + HOUR / 2 - 1, none)).toEqual([]);
    expect(schedule.due(FIRST_AFTER_MS + HOUR / 2, none)).toEqual([{ kind: 'implicit' }]);
  });

  it('begins at another time in each scheduler', () => {
    const schedule = new ReconcileSchedule(knobs, 0, 0.5);
    expect(schedule.due(FIRST_AFTER_MS, () => ['t1'])).toEqual([]);
    expect(schedule.due(FIRST_AFTER_MS + HOUR / 20, () => ['t1'])).toHaveLength(1);
  });

  it('forgets what was to be asked of an engine that is away', () => {
    const schedule = new ReconcileSchedule(knobs, 0, 0);
    schedule.ask(['t1'], 0);
    schedule.disconnected();
    expect(schedule.due(0, none)).toEqual([]);
    schedule.askAlso(['t2']);
    expect(schedule.due(1, none)).toEqual([{ kind: 'explicit', taskIds: ['t2'] }]);
  });
});
