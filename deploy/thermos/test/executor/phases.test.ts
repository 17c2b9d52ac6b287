import {
  CAUSES,
  endMessage,
  MESSAGE_CHARS_MAX,
  OUTCOMES,
  RUNNER_ENDS,
  runnerEndOf,
} from '../../src/executor/outcome-core.js';
import {
  nextPhase,
  PHASE_EFFECTS,
  PHASE_EVENTS,
  PHASES,
  type Phase,
  type PhaseEffect,
} from '../../src/executor/phases-core.js';
import { TASK_STATES } from '../../src/runner/types.js';

type Expected = readonly [to: Phase, ...effects: PhaseEffect[]];
/** All that is allowed; what is not listed must be refused. */
const ALLOWED: Readonly<Record<string, Expected>> = {
  'idle launch': ['preparing', 'reportStarting', 'prepare'],
  'idle resume': ['preparing', 'prepare'],
  'idle resumeEnded': ['ended', 'leave'],
  'idle shutdown': ['ended', 'leave'],
  'preparing launch': ['preparing', 'drop'],
  'preparing prepared': ['warming', 'check'],
  'preparing preparedHealthy': ['running', 'check', 'announce'],
  'preparing refused': ['ended', 'reportEnd', 'leave'],
  'preparing kill': ['stopping', 'reportKilling', 'stop'],
  'preparing shutdown': ['stopping', 'stop'],
  'warming launch': ['warming', 'drop'],
  'warming healthy': ['running', 'reportRunning', 'announce'],
  'warming unhealthy': ['stopping', 'stop'],
  'warming runnerEnded': ['stopping', 'stop'],
  'warming kill': ['stopping', 'reportKilling', 'stop'],
  'warming shutdown': ['stopping', 'stop'],
  'running launch': ['running', 'drop'],
  'running unhealthy': ['stopping', 'stop'],
  'running runnerEnded': ['stopping', 'stop'],
  'running kill': ['stopping', 'reportKilling', 'stop'],
  'running shutdown': ['stopping', 'stop'],
  'stopping launch': ['stopping', 'drop'],
  'stopping kill': ['stopping', 'hasten'],
  'stopping shutdown': ['stopping', 'hasten'],
  'stopping stopped': ['ended', 'reportEnd', 'leave'],
  'ended launch': ['ended', 'drop'],
  'ended shutdown': ['ended', 'leave'],
};

describe('the phases of a task', () => {
  const all = PHASES.flatMap((phase) => PHASE_EVENTS.map((event) => [phase, event] as const));

  it.each(all)('%s, %s', (phase, event) => {
    const [to, ...effects] = ALLOWED[`${phase} ${event}`] ?? [];
    expect(nextPhase(phase, event)).toEqual(to === undefined ? null : { to, effects });
  });

  it.each(all)('%s, %s: effects come in their declared order, each once', (phase, event) => {
    const effects = nextPhase(phase, event)?.effects ?? [];
    const places = effects.map((effect) => PHASE_EFFECTS.indexOf(effect));
    expect(places).toEqual([...new Set(places)].sort((a, b) => a - b));
  });

  it('has an effect of every kind somewhere', () => {
    const used = new Set(all.flatMap(([phase, event]) => nextPhase(phase, event)?.effects ?? []));
    expect([...used].sort()).toEqual([...PHASE_EFFECTS].sort());
  });
});

describe('what is reported at the end', () => {
  it.each([
    ['runner', 'SUCCESS', 'TASK_FINISHED'],
    ['runner', 'FAILED', 'TASK_FAILED'],
    ['runner', 'KILLED', 'TASK_FAILED'],
    ['runner', 'LOST', 'TASK_LOST'],
    ['runner', 'NONE', 'TASK_LOST'],
    ['runner', 'STUCK', 'TASK_FAILED'],
    ...RUNNER_ENDS.map((end) => ['kill', end, 'TASK_KILLED'] as const),
    ...RUNNER_ENDS.map((end) => ['shutdown', end, 'TASK_KILLED'] as const),
    ...RUNNER_ENDS.map((end) => ['unhealthy', end, 'TASK_FAILED'] as const),
    ...RUNNER_ENDS.map((end) => ['refused', end, 'TASK_FAILED'] as const),
  ] as const)('%s, and the runner ended %s: %s', (cause, end, state) => {
    expect(OUTCOMES[cause][end]).toBe(state);
  });

  it('is told for every state in which a runner can be found', () => {
    for (const state of [...TASK_STATES, null]) {
      for (const cause of CAUSES) expect(OUTCOMES[cause][runnerEndOf(state)]).toMatch(/^TASK_/);
    }
  });

  it('says why and how it went, and never more than fits', () => {
    expect(endMessage('kill', 'Killed on request.', 'KILLED', 'killed')).toBe('Killed on request.');
    expect(endMessage('kill', 'Killed on request.', 'SUCCESS', null)).toBe(
      'Killed on request. All processes had finished.',
    );
    expect(endMessage('runner', '', 'SUCCESS', null)).toBe('All processes finished.');
    expect(endMessage('runner', '', 'FAILED', 'main failed')).toBe('main failed');
    expect(endMessage('refused', 'x'.repeat(5_000), 'NONE', null)).toHaveLength(MESSAGE_CHARS_MAX);
  });
});
