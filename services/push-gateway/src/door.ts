/** Requests for a stream: who may come in, and how they are told that they may not. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Id } from '@murmur/model';
import { cors, grants } from '@murmur/public-api';
import type { ProcessHttp } from '@murmur/service';
import type { Request, Response } from 'express';
import { REFUSALS, type Refusal } from './errors-core.js';
import { parseStreamRequest, STREAMING_PATH, type StreamRequest } from './request-core.js';
import type { Sessions } from './sessions.js';
import type { ResolveToken } from './token-checks.js';
import { cutLater } from './transport.js';
import type { Upgrade } from './ws.js';

/** Reading a stream takes this scope, or its umbrella `read`. */
const SCOPE = 'read:statuses';

export interface Admitted {
  readonly request: StreamRequest;
  readonly account: Id;
  readonly token: string;
}

export interface DoorOptions {
  readonly http: ProcessHttp;
  readonly sessions: Sessions;
  readonly resolveToken: ResolveToken;
  readonly draining: () => boolean;
  readonly onRefused: (refusal: Refusal) => void;
  readonly openSse: (req: IncomingMessage, admitted: Admitted) => void;
  readonly openWs: (upgrade: Upgrade, admitted: Admitted) => void;
}

export function openDoor(options: DoorOptions): void {
  const { http, draining, onRefused } = options;
  http.app.use(STREAMING_PATH, cors());
  http.app.get(`${STREAMING_PATH}/health`, (_req, res) => {
    res
      .status(draining() ? 503 : 200)
      .type('text/plain')
      .send(draining() ? 'draining' : 'OK');
  });
  http.app.use(STREAMING_PATH, (req: Request, res: Response) => {
    const refuse = (refusal: Refusal): void => {
      onRefused(refusal);
      refuseRequest(res, refusal);
    };
    if (req.method !== 'GET') refuse(REFUSALS.unknownPath);
    else void admit(req, req.originalUrl, options, refuse, (admitted) => options.openSse(req, admitted));
  });
  http.server.on('upgrade', (req: IncomingMessage, socket: Socket, head: Buffer) => {
    // From here on the socket is ours: nobody else hears its errors; `close` follows each of them.
    socket.on('error', () => undefined);
    const refuse = (refusal: Refusal): void => {
      onRefused(refusal);
      refuseUpgrade(socket, refusal);
    };
    void admit(req, req.url ?? '/', options, refuse, (admitted) =>
      options.openWs({ req, socket, head }, admitted),
    );
  });
}

/** Calls either `refuse` or `open`, unless the client has gone meanwhile. */
async function admit(
  req: IncomingMessage,
  url: string,
  options: DoorOptions,
  refuse: (refusal: Refusal) => void,
  open: (admitted: Admitted) => void,
): Promise<void> {
  const { sessions } = options;
  const asked = parseRequest(req, url, options.draining());
  if ('status' in asked) {
    refuse(asked);
    return;
  }
  const { request, token } = asked;
  const full = sessions.takePlace();
  if (full !== null) {
    refuse(REFUSALS[full]);
    return;
  }
  const leave = (): void => sessions.giveBack();
  req.socket.once('close', leave);
  const account = await accountOf(token, options.resolveToken);
  if (req.socket.destroyed) return; // and `leave` is called, or will be
  if (typeof account === 'bigint' && !sessions.accountIsFull(account)) {
    open({ request, account, token: unsliced(token) });
    return;
  }
  // The connection may live on, for another request.
  req.socket.off('close', leave);
  leave();
  refuse(typeof account === 'bigint' ? REFUSALS.accountFull : account);
}

/** A WebSocket is told of an unknown stream by a message; anybody else by the answer. */
function parseRequest(
  req: IncomingMessage,
  url: string,
  draining: boolean,
): Refusal | { readonly request: StreamRequest; readonly token: string } {
  const parsed = parseStreamRequest({ url, headers: req.headers });
  if (parsed.kind === 'refused') return parsed.refusal;
  if (draining) return REFUSALS.draining;
  const { request } = parsed;
  if (request.token === null) return REFUSALS.noToken;
  if (request.stream === null && req.headers.upgrade === undefined) return REFUSALS.unknownStream;
  return { request, token: request.token };
}

async function accountOf(token: string, resolveToken: ResolveToken): Promise<Id | Refusal> {
  try {
    const caller = await resolveToken(token);
    if (caller === null) return REFUSALS.badToken;
    if (!grants(caller.scopes, SCOPE)) return REFUSALS.wrongScope;
    return caller.accountId ?? REFUSALS.appToken;
  } catch {
    return REFUSALS.unavailable;
  }
}

/** A part of a header keeps the whole header in memory; a copy does not. */
function unsliced(text: string): string {
  return Buffer.from(text).toString();
}

function refuseRequest(res: Response, { status, body, retryAfterS }: Refusal): void {
  if (retryAfterS !== null) res.set('Retry-After', String(retryAfterS));
  if (status === 401) res.set('WWW-Authenticate', AUTHENTICATE);
  res.status(status).json(body);
}

const AUTHENTICATE = 'Bearer realm="Murmur"';
const REASONS: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  503: 'Service Unavailable',
};

/** The same answer where there is no response object yet. */
function refuseUpgrade(socket: Socket, { status, body, retryAfterS }: Refusal): void {
  if (socket.destroyed) return;
  const json = JSON.stringify(body);
  const head = [
    `HTTP/1.1 ${status} ${REASONS[status] ?? 'Refused'}`,
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(json)}`,
    'Connection: close',
    ...(retryAfterS === null ? [] : [`Retry-After: ${retryAfterS}`]),
    ...(status === 401 ? [`WWW-Authenticate: ${AUTHENTICATE}`] : []),
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${json}`);
  cutLater(socket);
}
