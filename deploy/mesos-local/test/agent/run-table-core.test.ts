import {
  RUN_EVENTS,
  RUN_PHASES,
  nextPhase,
  type RunEvent,
  type RunPhase,
} from '../../src/agent/run-table-core.js';

const EXPECTED: Readonly<Record<RunPhase, Readonly<Record<RunEvent, RunPhase | null>>>> = {
  REGISTERING: { ready: 'RUNNING', end: 'TERMINATING', gone: 'TERMINATED' },
  RUNNING: { ready: 'RUNNING', end: 'TERMINATING', gone: 'TERMINATED' },
  TERMINATING: { ready: null, end: null, gone: 'TERMINATED' },
  TERMINATED: { ready: null, end: null, gone: null },
};

describe("a run's life", () => {
  for (const phase of RUN_PHASES) {
    for (const event of RUN_EVENTS) {
      it(`goes from ${phase} at ${event} to ${String(EXPECTED[phase][event])}`, () => {
        expect(nextPhase(phase, event)).toBe(EXPECTED[phase][event]);
      });
    }
  }
});
