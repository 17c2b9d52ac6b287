/** Everything a streaming request can be refused with: one entry per cause. */

export interface Refusal {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Seconds, for `Retry-After`. */
  readonly retryAfterS: number | null;
}

export const RETRY_AFTER_S = 2;

const refusal = (status: number, error: string, retryAfterS: number | null = null): Refusal => ({
  status,
  body: { error },
  retryAfterS,
});

export const REFUSALS = {
  noToken: refusal(401, 'Missing access token'),
  badToken: refusal(401, 'The access token is invalid'),
  appToken: refusal(422, 'This method requires an authenticated user'),
  wrongScope: refusal(403, 'This action is outside the authorized scopes'),
  unknownStream: { status: 400, body: { error: 'Unknown stream type', status: 400 }, retryAfterS: null },
  unknownPath: refusal(404, 'Record not found'),
  accountFull: refusal(429, 'Too many streaming connections of this account', RETRY_AFTER_S),
  full: refusal(503, 'Too many streaming connections', RETRY_AFTER_S),
  draining: refusal(503, 'This server is being restarted', RETRY_AFTER_S),
  unavailable: refusal(503, 'The token cannot be checked at the moment', RETRY_AFTER_S),
} as const satisfies Readonly<Record<string, Refusal>>;

export type RefusalCode = keyof typeof REFUSALS;

/** Names the value and what is allowed. */
export function badCursor(name: string, value: string): Refusal {
  const shown = value.length > SHOWN_CHARACTERS ? `${value.slice(0, SHOWN_CHARACTERS)}...` : value;
  return refusal(
    400,
    `${name}: ${JSON.stringify(shown)} is not a cursor; allowed is ID[,ID...], decimal ids`,
  );
}

const SHOWN_CHARACTERS = 40;

/** Why a connection is closed by the gateway: the WebSocket close code and reason (RFC 6455, section 7.4). */
export const CLOSES = {
  goingAway: { code: 1001, reason: 'going away' },
  binary: { code: 1003, reason: 'text frames only' },
  revoked: { code: 1008, reason: 'token revoked' },
  tooManyMessages: { code: 1008, reason: 'too many messages' },
  tooSlow: { code: 1013, reason: 'too slow' },
} as const satisfies Readonly<Record<string, { readonly code: number; readonly reason: string }>>;

export type CloseCode = keyof typeof CLOSES;
