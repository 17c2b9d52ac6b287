import { parseStatus, StatusKeeper, type Status } from '../../src/queue/status-core.js';

const STATUSES = ['up', 'writeAvoid', 'readOnly', 'quiescent'] as const;
type Settable = (typeof STATUSES)[number];
const GRACE = 1000;

/** Whether writes and reads are blocked while a status is enforced. */
const BLOCKED: Record<Status, readonly [writes: boolean, reads: boolean]> = {
  up: [false, false],
  writeAvoid: [false, false],
  readOnly: [true, false],
  quiescent: [true, true],
  down: [true, true],
};

interface Options {
  readonly graceMs?: number;
  readonly announced?: boolean;
}

function keeperOf(initial: Status, { graceMs = 0, announced = false }: Options = {}): StatusKeeper {
  const keeper = new StatusKeeper(initial);
  keeper.graceMs = graceMs;
  keeper.announced = announced;
  return keeper;
}

function expectState(keeper: StatusKeeper, told: Status, enforced: Status): void {
  expect([keeper.current, keeper.enforced]).toEqual([told, enforced]);
  expect([keeper.blocksWrites, keeper.blocksReads]).toEqual(BLOCKED[enforced]);
}

const pairs = STATUSES.flatMap((from) => STATUSES.map((to) => [from, to] as const));
const isStricter = (from: Settable, to: Settable): boolean => STATUSES.indexOf(to) > STATUSES.indexOf(from);
const stricter = pairs.filter(([from, to]) => isStricter(from, to));

describe('a status', () => {
  it.each(STATUSES)('that begins as %s is enforced from the start', (status) => {
    expectState(keeperOf(status), status, status);
  });

  it.each(pairs)('goes from %s to %s at once where there is no grace period', (from, to) => {
    const keeper = keeperOf(from);
    const told: Status[] = [];
    keeper.onChange((status) => told.push(status));
    expect(keeper.set(to, 0)).toBe(true);
    expectState(keeper, to, to);
    expect(told).toEqual(from === to ? [] : [to]);
    expect(keeper.deadline).toBeNull();
  });

  it.each(pairs)(
    'that goes from %s to %s waits for the grace period only when it is stricter',
    (from, to) => {
      const keeper = keeperOf(from, { graceMs: GRACE });
      expect(keeper.set(to, 5000)).toBe(true);
      const waits = isStricter(from, to);
      expectState(keeper, to, waits ? from : to);
      expect(keeper.deadline).toBe(waits ? 6000 : null);
      keeper.advance(5999);
      expectState(keeper, to, waits ? from : to);
      keeper.advance(6000);
      expectState(keeper, to, to);
      expect(keeper.deadline).toBeNull();
    },
  );

  // Every status asked for while every stricter one is on its way.
  const during = stricter.flatMap(([from, on]) => STATUSES.map((then) => [from, on, then] as const));
  it.each(during)('on its way from %s to %s, answers %s by how strict it is', (from, on, then) => {
    const keeper = keeperOf(from, { graceMs: GRACE });
    keeper.set(on, 0);
    const refused = isStricter(on, then);
    expect(keeper.set(then, 10)).toBe(!refused);
    if (refused || then === on) {
      expectState(keeper, on, from);
      expect(keeper.deadline).toBe(GRACE);
      keeper.advance(GRACE);
      expectState(keeper, on, on);
    } else {
      expectState(keeper, then, then);
      expect(keeper.deadline).toBeNull();
      keeper.advance(GRACE);
      expectState(keeper, then, then);
    }
  });

  it('takes a stricter one again once the grace period is over', () => {
    const keeper = keeperOf('up', { graceMs: GRACE });
    keeper.set('readOnly', 0);
    expect(keeper.set('quiescent', GRACE - 1)).toBe(false);
    keeper.advance(GRACE);
    expect(keeper.set('quiescent', GRACE)).toBe(true);
    expectState(keeper, 'quiescent', 'readOnly');
  });

  it.each(stricter)('that goes from %s to %s is enforced only once the ServerSets are left', (from, to) => {
    const keeper = keeperOf(from, { announced: true });
    keeper.set(to, 0);
    keeper.advance(60_000);
    expectState(keeper, to, from);
    expect(keeper.set(to === 'quiescent' ? to : 'quiescent', 60_000)).toBe(to === 'quiescent');
    keeper.left(to, 60_000);
    expectState(keeper, to, to);
  });

  it('waits for both, the grace period and the ServerSets', () => {
    const keeper = keeperOf('up', { graceMs: GRACE, announced: true });
    keeper.set('quiescent', 0);
    keeper.left('quiescent', 500);
    expectState(keeper, 'quiescent', 'up');
    keeper.advance(GRACE);
    expectState(keeper, 'quiescent', 'quiescent');
  });

  it('does not take the leaving for a status that was taken back for its own', () => {
    const keeper = keeperOf('up', { announced: true });
    keeper.set('quiescent', 0);
    keeper.set('up', 1);
    keeper.set('readOnly', 2);
    keeper.left('quiescent', 3);
    expectState(keeper, 'readOnly', 'up');
    keeper.left('readOnly', 4);
    expectState(keeper, 'readOnly', 'readOnly');
  });

  it('tells a looser one after it holds, a stricter one before', () => {
    const keeper = keeperOf('readOnly');
    const heard: (readonly [Status, Status])[] = [];
    keeper.onChange((told) => heard.push([told, keeper.enforced]));
    keeper.set('up', 0);
    keeper.set('quiescent', 0);
    expect(heard).toEqual([
      ['up', 'up'],
      ['quiescent', 'up'],
    ]);
  });

  it('says when another one begins to hold', () => {
    const keeper = keeperOf('up', { graceMs: GRACE });
    const heard: Status[] = [];
    keeper.onEnforced((status) => heard.push(status));
    keeper.set('quiescent', 0);
    expect(heard).toEqual([]);
    keeper.advance(GRACE);
    keeper.set('up', GRACE);
    expect(heard).toEqual(['quiescent', 'up']);
  });

  it.each(STATUSES)('is down for good and at once when the server stops while it is %s', (status) => {
    const keeper = keeperOf(status, { graceMs: GRACE, announced: true });
    const heard: Status[] = [];
    keeper.onChange((told) => heard.push(told));
    keeper.goDown();
    expectState(keeper, 'down', 'down');
    expect(STATUSES.map((other) => keeper.set(other, 0))).toEqual([false, false, false, false]);
    keeper.left(status, 0);
    keeper.advance(GRACE);
    expectState(keeper, 'down', 'down');
    expect(heard).toEqual([]);
  });
});

describe('the name of a status', () => {
  it.each([
    ['up', 'up'],
    ['UP', 'up'],
    ['WriteAvoid', 'writeAvoid'],
    ['READONLY', 'readOnly'],
    ['quiescent', 'quiescent'],
    ['down', null],
    ['dead', null],
    ['', null],
    ['up ', null],
  ])('%j means %j', (name, status) => {
    expect(parseStatus(name)).toBe(status);
  });
});
