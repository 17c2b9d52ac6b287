import fc from 'fast-check';
import {
  BACKOFF_FIRST_MS,
  BACKOFF_MAX_MS,
  REDIRECTS_MAX,
  initialState,
  step,
  type ClientEvent,
  type ClientState,
  type Phase,
} from '../../src/scheduler/client-core.js';

const HERE = 'http://here:5050';
const THERE = 'http://there:5050';

const states: Readonly<Record<Phase, ClientState>> = {
  searching: initialState,
  connecting: { phase: 'connecting', leader: HERE, attempt: 1, redirects: 0 },
  subscribed: { phase: 'subscribed', leader: HERE, attempt: 0, redirects: 0 },
  waiting: { phase: 'waiting', leader: HERE, attempt: 1, redirects: 0 },
  ended: { phase: 'ended', leader: HERE, attempt: 0, redirects: 0 },
};

const events: Readonly<Record<string, ClientEvent>> = {
  'same leader': { kind: 'leader', url: HERE },
  'other leader': { kind: 'leader', url: THERE },
  'no leader': { kind: 'leader', url: null },
  opened: { kind: 'opened' },
  redirected: { kind: 'redirected', url: THERE },
  refused: { kind: 'refused', reason: 'busy', fatal: false },
  'refused for good': { kind: 'refused', reason: 'bad', fatal: true },
  closed: { kind: 'closed', reason: 'cut' },
  silent: { kind: 'silent' },
  due: { kind: 'due' },
  error: { kind: 'error', message: 'removed' },
  stop: { kind: 'stop' },
};

/** Where each event leads and what is done; an event that is not listed must change nothing. */
const TABLE: Readonly<Record<Phase, Readonly<Record<string, readonly [Phase, ...string[]]>>>> = {
  searching: {
    'same leader': ['connecting', 'connect here'],
    'other leader': ['connecting', 'connect there'],
    stop: ['ended', 'disconnect', 'tell-ended'],
  },
  connecting: {
    'other leader': ['connecting', 'disconnect', 'connect there'],
    'no leader': ['searching', 'disconnect'],
    opened: ['subscribed'],
    redirected: ['connecting', 'disconnect', 'connect there'],
    refused: ['waiting', 'disconnect', 'retry'],
    'refused for good': ['ended', 'disconnect', 'tell-ended'],
    closed: ['waiting', 'disconnect', 'retry'],
    silent: ['waiting', 'disconnect', 'retry'],
    error: ['ended', 'disconnect', 'tell-ended'],
    stop: ['ended', 'disconnect', 'tell-ended'],
  },
  subscribed: {
    'other leader': ['connecting', 'disconnect', 'tell-disconnected', 'connect there'],
    closed: ['waiting', 'disconnect', 'tell-disconnected', 'retry'],
    silent: ['waiting', 'disconnect', 'tell-disconnected', 'retry'],
    error: ['ended', 'disconnect', 'tell-ended'],
    stop: ['ended', 'disconnect', 'tell-ended'],
  },
  waiting: {
    'other leader': ['connecting', 'connect there'],
    'no leader': ['searching'],
    due: ['connecting', 'connect here'],
    stop: ['ended', 'disconnect', 'tell-ended'],
  },
  ended: {},
};

describe('a scheduler that stays subscribed', () => {
  const cases = Object.keys(states).flatMap((phase) =>
    Object.keys(events).map((event) => [phase as Phase, event] as const),
  );

  it.each(cases)('while %s hears: %s', (phase, name) => {
    const before = states[phase];
    const event = events[name];
    if (event === undefined) throw new Error(name);
    const { state, effects } = step(before, event, 0.5);
    const done = effects.map((effect) =>
      effect.kind === 'connect' ? `connect ${effect.url === HERE ? 'here' : 'there'}` : effect.kind,
    );
    const expected = TABLE[phase][name];
    if (expected === undefined) expect([state.phase, done]).toEqual([phase, []]);
    else expect([state.phase, ...done]).toEqual(expected);
  });

  it('waits longer after each failure, at most the bound, and anew after a success', () => {
    let state = states.connecting;
    const waits: number[] = [];
    for (let i = 0; i < 12; i += 1) {
      const refused = step({ ...state, phase: 'connecting' }, events['refused'] as ClientEvent, 0.999);
      const retry = refused.effects.find((effect) => effect.kind === 'retry');
      waits.push(retry?.afterMs ?? -1);
      state = refused.state;
    }
    expect(waits).toEqual([...waits].sort((a, b) => a - b));
    expect(waits[0]).toBeGreaterThanOrEqual(BACKOFF_FIRST_MS);
    expect(waits.at(-1)).toBeLessThanOrEqual(BACKOFF_MAX_MS);
    expect(step({ ...state, phase: 'connecting' }, { kind: 'opened' }, 0).state.attempt).toBe(0);
  });

  it('does not follow masters that point at each other for ever', () => {
    let state = states.connecting;
    for (let i = 0; i < REDIRECTS_MAX; i += 1)
      state = step(state, { kind: 'redirected', url: i % 2 === 0 ? THERE : HERE }, 0).state;
    expect(state.phase).toBe('connecting');
    expect(step(state, { kind: 'redirected', url: THERE }, 0).state.phase).toBe('waiting');
  });

  it('never gives up unless it was told to, and always has something that will wake it', () => {
    const event = fc.constantFrom(
      ...Object.values(events).filter(
        (one) => one.kind !== 'stop' && one.kind !== 'error' && !(one.kind === 'refused' && one.fatal),
      ),
    );
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 50 }),
        fc.double({ min: 0, max: 0.99, noNaN: true }),
        (all, random) => {
          let state = initialState;
          let armed = false; // a retry that has not come due
          for (const one of all) {
            const next = step(state, one, random);
            if (one.kind === 'due') armed = false;
            if (next.effects.some((effect) => effect.kind === 'retry')) armed = true;
            state = next.state;
            expect(state.phase).not.toBe('ended');
            if (state.phase === 'waiting') expect(armed || one.kind === 'due').toBe(true);
            if (state.phase === 'connecting') expect(state.leader).not.toBeNull();
          }
        },
      ),
    );
  });
});
