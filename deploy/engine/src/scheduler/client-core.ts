/**
 * How a scheduler stays subscribed: a table of phase x event. Pure; the shell (`client.ts`) performs the effects.
 *
 *   searching ──leader──▶ connecting ──opened──▶ subscribed ──closed/silent──▶ waiting ──due──▶ connecting ...
 *
 * A redirect goes to where it points; what the master refuses for good (its ERROR event, or a 4xx for SUBSCRIBE) ends the client.
 */
export type Phase = 'searching' | 'connecting' | 'subscribed' | 'waiting' | 'ended';

export interface ClientState {
  readonly phase: Phase;
  /** Base URL of the leading master as last heard of, or null. */
  readonly leader: string | null;
  /** Failed attempts in a row; back-off grows with it. */
  readonly attempt: number;
  /** Redirects followed without a success between them. */
  readonly redirects: number;
}

export type ClientEvent =
  /** Detection says who leads; null: nobody. */
  | { readonly kind: 'leader'; readonly url: string | null }
  | { readonly kind: 'opened' }
  | { readonly kind: 'redirected'; readonly url: string }
  /** SUBSCRIBE was answered with an error, or could not be sent. */
  | { readonly kind: 'refused'; readonly reason: string; readonly fatal: boolean }
  /** The stream ended or broke. */
  | { readonly kind: 'closed'; readonly reason: string }
  /** No heartbeat for `HEARTBEATS_MISSED_MAX` intervals. */
  | { readonly kind: 'silent' }
  /** The back-off is over. */
  | { readonly kind: 'due' }
  /** An ERROR event: the master is done with this framework. */
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'stop' };

export type ClientEffect =
  | { readonly kind: 'connect'; readonly url: string }
  | { readonly kind: 'disconnect' }
  | { readonly kind: 'retry'; readonly afterMs: number }
  | { readonly kind: 'tell-disconnected'; readonly reason: string }
  | { readonly kind: 'tell-ended'; readonly reason: string | null };

export interface Step {
  readonly state: ClientState;
  readonly effects: readonly ClientEffect[];
}

/** Silence of this many heartbeat intervals means that the connection is dead (75 s at Mesos's 15 s). */
export const HEARTBEATS_MISSED_MAX = 5;
export const BACKOFF_FIRST_MS = 500;
export const BACKOFF_MAX_MS = 15_000;
/** Two masters that point at each other would be followed for ever. */
export const REDIRECTS_MAX = 5;

export const initialState: ClientState = { phase: 'searching', leader: null, attempt: 0, redirects: 0 };

type Handler = (state: ClientState, event: never, random: number) => Step;
type Of<K extends ClientEvent['kind']> = Extract<ClientEvent, { kind: K }>;

const stay = (state: ClientState): Step => ({ state, effects: [] });

const connect = (state: ClientState, url: string, before: readonly ClientEffect[] = []): Step => ({
  state: { ...state, phase: 'connecting', leader: url },
  effects: [...before, { kind: 'connect', url }],
});

/** Random in the upper half, so that the schedulers of a cell do not all come back at the same moment. */
const backOff = (state: ClientState, random: number, before: readonly ClientEffect[] = []): Step => {
  const ceiling = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(state.attempt, 10));
  return {
    state: { ...state, phase: 'waiting', attempt: state.attempt + 1, redirects: 0 },
    effects: [...before, { kind: 'retry', afterMs: Math.round(ceiling * (0.5 + random / 2)) }],
  };
};

const end = (state: ClientState, reason: string | null): Step => ({
  state: { ...state, phase: 'ended' },
  effects: [{ kind: 'disconnect' }, { kind: 'tell-ended', reason }],
});

const lost = (reason: string): readonly ClientEffect[] => [
  { kind: 'disconnect' },
  { kind: 'tell-disconnected', reason },
];

const stop: Handler = (state) => end(state, null);

const leaderWhileIdle: Handler = (state, { url }: Of<'leader'>) =>
  url === null
    ? stay({ ...state, phase: 'searching', leader: null })
    : connect({ ...state, attempt: 0, redirects: 0 }, url);

const leaderWhileConnecting: Handler = (state, { url }: Of<'leader'>) => {
  if (url === state.leader) return stay(state);
  const left: readonly ClientEffect[] = [{ kind: 'disconnect' }];
  return url === null
    ? { state: { ...state, phase: 'searching', leader: null }, effects: left }
    : connect({ ...state, redirects: 0 }, url, left);
};

const leaderWhileSubscribed: Handler = (state, { url }: Of<'leader'>) => {
  // Nobody leads as far as ZooKeeper can tell: the stream itself is the better witness, so it stays.
  if (url === state.leader || url === null) return stay(state);
  return connect(state, url, lost('another master leads'));
};

/** What each phase does with each event; what is not listed is late news of something already over, and ignored. */
const TABLE: Readonly<Record<Phase, Partial<Record<ClientEvent['kind'], Handler>>>> = {
  searching: { leader: leaderWhileIdle, stop },
  connecting: {
    leader: leaderWhileConnecting,
    opened: (state) => stay({ ...state, phase: 'subscribed', attempt: 0, redirects: 0 }),
    redirected: (state, { url }: Of<'redirected'>, random) =>
      state.redirects < REDIRECTS_MAX
        ? connect({ ...state, redirects: state.redirects + 1 }, url, [{ kind: 'disconnect' }])
        : backOff(state, random, [{ kind: 'disconnect' }]),
    refused: (state, { fatal, reason }: Of<'refused'>, random) =>
      fatal ? end(state, reason) : backOff(state, random, [{ kind: 'disconnect' }]),
    closed: (state, _event, random) => backOff(state, random, [{ kind: 'disconnect' }]),
    silent: (state, _event, random) => backOff(state, random, [{ kind: 'disconnect' }]),
    error: (state, { message }: Of<'error'>) => end(state, message),
    stop,
  },
  subscribed: {
    leader: leaderWhileSubscribed,
    closed: (state, { reason }: Of<'closed'>, random) => backOff(state, random, lost(reason)),
    silent: (state, _event, random) => backOff(state, random, lost('no heartbeat')),
    error: (state, { message }: Of<'error'>) => end(state, message),
    stop,
  },
  waiting: {
    leader: (state, event: Of<'leader'>) =>
      event.url === state.leader ? stay(state) : leaderWhileIdle(state, event as never, 0),
    due: (state) =>
      state.leader === null ? stay({ ...state, phase: 'searching' }) : connect(state, state.leader),
    stop,
  },
  ended: {},
};

/** `random` is in [0, 1). */
export function step(state: ClientState, event: ClientEvent, random: number): Step {
  const handler = TABLE[state.phase][event.kind];
  return handler === undefined ? stay(state) : handler(state, event as never, random);
}
