import { LIFECYCLE, LIFECYCLE_EVENTS, nextLifecycle } from '../src/lifecycle-core.js';

const ALLOWED = [
  ['IDLE', 'prepare', 'PREPARING_STORAGE'],
  ['PREPARING_STORAGE', 'prepared', 'STORAGE_PREPARED'],
  ['STORAGE_PREPARED', 'elected', 'LEADER_AWAITING_REGISTRATION'],
  ['LEADER_AWAITING_REGISTRATION', 'registered', 'ACTIVE'],
  ['ACTIVE', 'registered', 'ACTIVE'],
  ...LIFECYCLE.map((state) => [state, 'end', 'DEAD'] as const),
] as const;

describe("the scheduler's life", () => {
  it.each(LIFECYCLE.flatMap((state) => LIFECYCLE_EVENTS.map((event) => [state, event] as const)))(
    'in %s goes where %s may lead',
    (state, event) => {
      const to = ALLOWED.find(([from, by]) => from === state && by === event)?.[2] ?? null;
      expect(nextLifecycle(state, event)).toBe(to);
    },
  );
});
