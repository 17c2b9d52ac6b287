import {
  isLive,
  isTerminal,
  nextProcessState,
  nextTaskState,
  PROCESS_EVENTS,
  TASK_EVENTS,
} from '../../src/runner/states-core.js';
import { PROCESS_STATES, TASK_STATES } from '../../src/runner/types.js';

const PROCESS_MOVES = `
  WAITING fork FORKED
  FORKED running RUNNING
  FORKED succeeded SUCCESS
  FORKED failed FAILED
  FORKED killed KILLED
  FORKED lost LOST
  RUNNING succeeded SUCCESS
  RUNNING failed FAILED
  RUNNING killed KILLED
  RUNNING lost LOST
  SUCCESS again WAITING
  SUCCESS exhausted FAILED
  FAILED again WAITING
  KILLED again WAITING
  KILLED exhausted FAILED
  LOST again WAITING
  LOST exhausted FAILED`;

const TASK_MOVES = `
  ACTIVE end CLEANING
  ACTIVE abandon LOST
  CLEANING cleaned FINALIZING
  CLEANING abandon LOST
  FINALIZING succeed SUCCESS
  FINALIZING fail FAILED
  FINALIZING kill KILLED
  FINALIZING abandon LOST`;

function movesIn(text: string): ReadonlyMap<string, string> {
  const rows = text.trim().split('\n');
  return new Map(
    rows.map((row) => {
      const [state, event, next] = row.trim().split(' ');
      return [`${state ?? ''} ${event ?? ''}`, next ?? ''];
    }),
  );
}

describe('the states of a process', () => {
  const moves = movesIn(PROCESS_MOVES);
  it.each(PROCESS_STATES.flatMap((state) => PROCESS_EVENTS.map((event) => [state, event] as const)))(
    'from %s, "%s" goes where the table says or nowhere',
    (state, event) => {
      expect(nextProcessState(state, event)).toBe(moves.get(`${state} ${event}`) ?? null);
    },
  );

  it('are live from the fork to the end of the run', () => {
    expect(PROCESS_STATES.filter(isLive)).toEqual(['FORKED', 'RUNNING']);
  });
});

describe('the states of a task', () => {
  const moves = movesIn(TASK_MOVES);
  it.each(TASK_STATES.flatMap((state) => TASK_EVENTS.map((event) => [state, event] as const)))(
    'from %s, "%s" goes where the table says or nowhere',
    (state, event) => {
      expect(nextTaskState(state, event)).toBe(moves.get(`${state} ${event}`) ?? null);
    },
  );

  it('are terminal once it succeeded, failed, was killed or lost', () => {
    expect(TASK_STATES.filter(isTerminal)).toEqual(['SUCCESS', 'FAILED', 'KILLED', 'LOST']);
  });
});
