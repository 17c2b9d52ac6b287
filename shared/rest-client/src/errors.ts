/** Why no answer came; the README has the table. */
export type RestUnavailableCode =
  'NO_MEMBERS' | 'CONNECT' | 'CONNECTION_LOST' | 'TIMEOUT' | 'BAD_ANSWER' | 'CLOSED';

/** No member answered. A `POST` may have been carried out all the same, unless the code is `NO_MEMBERS` or `CONNECT`. */
export class RestUnavailable extends Error {
  override readonly name = 'RestUnavailable';
  readonly code: RestUnavailableCode;

  constructor(service: string, code: RestUnavailableCode, detail: string, cause?: unknown) {
    super(`${service} is not available (${code}): ${detail}`, { cause });
    this.code = code;
  }
}

/** Too many requests of this client are under way; nothing was sent. */
export class RestOverloaded extends Error {
  override readonly name = 'RestOverloaded';

  constructor(service: string, inFlightMax: number) {
    super(`${service}: ${inFlightMax} requests are under way, which is the most this client allows`);
  }
}
