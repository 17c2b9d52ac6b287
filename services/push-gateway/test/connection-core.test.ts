import { EFFECTS, EVENTS, READER, STATES, type ReaderEvent, type State } from '../src/connection-core.js';

/** Every step that does anything; all others stay where they are and do nothing. */
const STEPS: Readonly<Partial<Record<`${State} ${ReaderEvent}`, string>>> = {
  'waiting item': 'waiting: hold',
  'waiting answer': 'waiting: replay',
  'waiting replayed': 'live: flush confirm',
  'waiting unavailable': 'live: gap flush confirm',
  'waiting overflow': 'live: gap flush confirm',
  'waiting slow': 'closed: drop',
  'waiting end': 'closed: ',
  'live item': 'live: write',
  'live check': 'checking: ask',
  'live slow': 'closed: drop',
  'live end': 'closed: ',
  'checking item': 'checking: write',
  'checking check': 'checking: again',
  'checking answer': 'checking: replay',
  'checking replayed': 'live: settle',
  'checking unavailable': 'live: gap settle',
  'checking slow': 'closed: drop',
  'checking end': 'closed: ',
};

describe('the table of a reader', () => {
  const cases = STATES.flatMap((state) => EVENTS.map((event) => [state, event] as const));

  it.each(cases)('does what is listed in %s on %s', (state, event) => {
    const { next, effects } = READER[state][event];
    expect(`${next}: ${effects.join(' ')}`).toBe(STEPS[`${state} ${event}`] ?? `${state}: `);
  });

  it('uses every effect', () => {
    const used = new Set(cases.flatMap(([state, event]) => READER[state][event].effects));
    expect([...used].sort()).toEqual([...EFFECTS].sort());
  });

  it('lets nothing out of closed, and everything into it', () => {
    for (const event of EVENTS) expect(READER.closed[event]).toEqual({ next: 'closed', effects: [] });
    for (const state of STATES) expect(READER[state].end.next).toBe('closed');
  });
});
