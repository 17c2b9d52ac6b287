import { randomUUID } from 'node:crypto';
import type { Endpoint, ServerSet } from '@murmur/discovery';
import { RestOverloaded, RestUnavailable } from './errors.js';
import { abandoned, answered, failed, NO_LOAD, pick, started, type Load } from './pick-core.js';
import type { RestClient, RestRequest, RestResponse } from './types.js';
import { NoAnswer, openHttp, type Answer, type Http } from './undici.js';

export interface RestLog {
  warn(fields: object, message: string): void;
}

export interface RestClientOptions {
  readonly serverSet: ServerSet;
  readonly clusterKey: string;
  /** The service that is called; for messages. */
  readonly name: string;
  readonly log: RestLog;
  /** One attempt, from the first byte sent to the last received, ms. */
  readonly timeoutMs?: number;
  /** Requests under way; more are refused at once. */
  readonly inFlightMax?: number;
  /** Members asked for one request. */
  readonly attemptsMax?: number;
  readonly random?: () => number;
}

export const TIMEOUT_MS = 2_000;
export const IN_FLIGHT_MAX = 256;
export const ATTEMPTS_MAX = 3;
/** The largest answer among services is a presence snapshot: 20,000 accounts are 220 KB. */
export const BODY_BYTES_MAX = 16 * 1024 * 1024;

/** `host:port` */
type Address = string;

const addressOf = (endpoint: Endpoint): Address => `${endpoint.host}:${endpoint.port}`;

/**
 * A client of one service. `GET` and `DELETE` are tried on up to `attemptsMax` members; a `POST` only goes on to another
 * member when the connection could not be made. A member that fails 3 times in a row gets nothing for 1 to 30 s.
 */
export function createRestClient(options: RestClientOptions): RestClient {
  const timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
  return new Client({
    ...options,
    timeoutMs,
    inFlightMax: options.inFlightMax ?? IN_FLIGHT_MAX,
    attemptsMax: options.attemptsMax ?? ATTEMPTS_MAX,
    random: options.random ?? Math.random,
    http: openHttp(timeoutMs),
  });
}

type Resolved = Required<RestClientOptions> & { readonly http: Http };

class Client implements RestClient {
  readonly #options: Resolved;
  readonly #loads = new Map<Address, Load>();
  readonly #unsubscribe: () => void;
  #inFlight = 0;
  #closed = false;

  constructor(options: Resolved) {
    this.#options = options;
    this.#unsubscribe = options.serverSet.onChange(() => {
      this.#forgetTheGone();
    });
  }

  async request(request: RestRequest): Promise<RestResponse> {
    const { name, inFlightMax } = this.#options;
    if (this.#closed) throw new RestUnavailable(name, 'CLOSED', 'this client is closed');
    request.signal?.throwIfAborted();
    if (this.#inFlight >= inFlightMax) throw new RestOverloaded(name, inFlightMax);
    this.#inFlight += 1;
    try {
      return await this.#tryMembers(request);
    } finally {
      this.#inFlight -= 1;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    await this.#options.http.close();
  }

  async #tryMembers(request: RestRequest): Promise<RestResponse> {
    const { name, attemptsMax } = this.#options;
    const traceId = request.traceId ?? randomUUID();
    const tried = new Set<Address>();
    let last = new RestUnavailable(name, 'NO_MEMBERS', 'its ServerSet is empty');
    while (tried.size < attemptsMax) {
      const address = this.#next(request, tried);
      if (address === null) break;
      tried.add(address);
      const result = await this.#attempt(address, request, traceId);
      if (!(result instanceof RestUnavailable)) return result;
      last = result;
      if (request.method === 'POST' && result.code !== 'CONNECT') break;
    }
    throw last;
  }

  /** Each member is asked once per request. */
  #next(request: RestRequest, tried: ReadonlySet<Address>): Address | null {
    const { serverSet, random } = this.#options;
    const addresses =
      request.endpoint === undefined
        ? serverSet.members().map((member) => addressOf(member.serviceEndpoint))
        : [addressOf(request.endpoint)];
    const untried = addresses.filter((address) => !tried.has(address));
    return pick(untried, (address) => this.#loadOf(address), Date.now(), random);
  }

  async #attempt(
    address: Address,
    request: RestRequest,
    traceId: string,
  ): Promise<RestResponse | RestUnavailable> {
    const { name, clusterKey, timeoutMs, http } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = request.signal === undefined ? timeout : AbortSignal.any([timeout, request.signal]);
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const headers: Record<string, string> = { authorization: `Bearer ${clusterKey}`, 'x-trace-id': traceId };
    if (body !== null) headers['content-type'] = 'application/json';
    this.#move(address, started);
    try {
      const { method, path } = request;
      const answer = await http.exchange({
        ...{ origin: `http://${address}`, method, path, headers, body, signal },
        bodyBytesMax: BODY_BYTES_MAX,
      });
      const response = responseOf(answer);
      this.#move(address, answered);
      return response;
    } catch (error) {
      if (request.signal?.aborted === true) {
        this.#move(address, abandoned);
        throw request.signal.reason;
      }
      const isLate = timeout.aborted;
      this.#failed(address);
      if (isLate)
        return new RestUnavailable(
          name,
          'TIMEOUT',
          `${address} did not answer within ${timeoutMs} ms`,
          error,
        );
      if (!(error instanceof NoAnswer)) throw error;
      return new RestUnavailable(name, error.code, `${address}: ${error.message}`, error);
    }
  }

  #failed(address: Address): void {
    const wasEjected = this.#loadOf(address).ejectedUntilMs > 0;
    this.#move(address, (load) => failed(load, Date.now()));
    const { ejectedUntilMs, failuresInRow } = this.#loadOf(address);
    const { log, name } = this.#options;
    if (ejectedUntilMs > 0 && !wasEjected)
      log.warn({ service: name, address, failuresInRow }, 'member ejected');
  }

  #loadOf(address: Address): Load {
    return this.#loads.get(address) ?? NO_LOAD;
  }

  #move(address: Address, change: (load: Load) => Load): void {
    this.#loads.set(address, change(this.#loadOf(address)));
  }

  /** Ports are not used for ever: without this the table would grow with each restart of a member. */
  #forgetTheGone(): void {
    const present = new Set(
      this.#options.serverSet.members().map((member) => addressOf(member.serviceEndpoint)),
    );
    for (const [address, load] of this.#loads)
      if (!present.has(address) && load.inFlight === 0) this.#loads.delete(address);
  }
}

/** JSON where the member says so, else text. */
function responseOf(answer: Answer): RestResponse {
  const text = answer.body.toString('utf8');
  if (!answer.contentType.startsWith('application/json')) return { status: answer.status, body: text };
  try {
    return { status: answer.status, body: JSON.parse(text) as unknown };
  } catch (error) {
    throw new NoAnswer('BAD_ANSWER', 'the body is not JSON', error);
  }
}
