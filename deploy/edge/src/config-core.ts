import { slotName, type Slots } from './slots-core.js';

export const BACKENDS = ['ingest', 'timeline', 'push-gateway'] as const;
export type Backend = (typeof BACKENDS)[number];

export interface EdgeSettings {
  readonly publicHost: string;
  readonly publicPort: number;
  readonly socketPath: string;
  readonly serverMaxconn: number;
  readonly lobbyMax: number;
  readonly lobbyMs: number;
  readonly retries: number;
  readonly maxConnections: number;
  readonly graceMs: number;
  readonly accessLog: boolean;
}

/** Streams live long; their heartbeats come every few seconds, so an hour of silence is a dead one. */
const STREAM_TIMEOUT = '1h';
/** A connection to us and one to a server. */
const FILES_PER_CONNECTION = 2;
/** An empty slot points nowhere (port 1 is refused at once), and is in maintenance until it is used. */
const NOWHERE = '127.0.0.1:1';

const JSON_TYPE = 'content-type application/json';
const CORS =
  'hdr access-control-allow-origin "*" hdr access-control-expose-headers "Link, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, Retry-After"';
/** Bytes of a path with its query. A list of 200 ids, the longest that a route takes, is below. */
const TARGET_BYTES_MAX = 8000;
const NOT_FOUND = refuse(404, 'Record not found');
const NO_HOST = refuse(400, 'The Host header is missing');
const NO_METHOD = refuse(405, 'The method is not one of GET, HEAD, OPTIONS, POST, PUT, PATCH and DELETE');
const LONG_TARGET = refuse(414, `The path with its query is longer than ${TARGET_BYTES_MAX} bytes`);
const FULL = `${JSON_TYPE} string '{"error":"The service is busy, try again"}' hdr retry-after 1 ${CORS}`;

/** Path forms that a server behind could read differently from us: they have no route. */
const AMBIGUOUS_PATH = String.raw`(//|/\.\.?(/|$)|\\|%2[eEfF5]|%5[cC]|%0)`;

function refuse(status: number, error: string): string {
  return `http-request return status ${status} ${JSON_TYPE} string '{"error":"${error}"}' ${CORS}`;
}

/** The whole haproxy.cfg. The same settings and slots give the same text. */
export function renderConfig(settings: EdgeSettings, slots: Readonly<Record<Backend, Slots>>): string {
  const sections = [
    globalSection(settings),
    defaultsSection(settings),
    frontend(settings),
    ...BACKENDS.map((name) => backend(settings, name, slots[name])),
  ];
  return `${sections.map(([head, ...body]) => [head, ...body.map((line) => `  ${line}`)].join('\n')).join('\n\n')}\n`;
}

/** What the kernel holds for one connection on each side of HAProxy, bytes; at 100 ms round trip still over 1 MB/s. */
const SOCKET_BYTES_MAX = 131_072;

function globalSection(settings: EdgeSettings): string[] {
  return [
    'global',
    // HAProxy derives its connections from the files it may open, up to this; a fixed maxconn would be beyond a low limit.
    `fd-hard-limit ${settings.maxConnections * FILES_PER_CONNECTION}`,
    `hard-stop-after ${Math.max(1, settings.graceMs)}ms`,
    `stats socket "${settings.socketPath}" mode 600 level admin`,
    // Left to itself the kernel keeps megabytes for a reader who does not read; the gateway would notice late.
    `tune.sndbuf.client ${SOCKET_BYTES_MAX}`,
    `tune.rcvbuf.server ${SOCKET_BYTES_MAX}`,
    ...(settings.accessLog ? ['log stdout format raw local0'] : []),
  ];
}

function defaultsSection(settings: EdgeSettings): string[] {
  return [
    'defaults',
    'mode http',
    'timeout connect 2s',
    'timeout client 30s',
    'timeout client-fin 5s',
    'timeout server 30s',
    'timeout http-request 10s',
    'timeout http-keep-alive 30s',
    `timeout tunnel ${STREAM_TIMEOUT}`,
    `timeout queue ${settings.lobbyMs}ms`,
    'timeout check 2s',
    'option dontlognull',
    'option redispatch 1',
    `retries ${settings.retries}`,
    ...errors(),
    ...(settings.accessLog ? ['log global', `log-format ${ACCESS_LOG}`] : []),
  ];
}

/** Without the query: it may hold a token. */
const ACCESS_LOG = String.raw`"{\"ms\":%Ts%ms,\"client\":\"%ci\",\"method\":%{+Q}HM,\"path\":%{+Q,+E}HPO,\"status\":%ST,\"backend\":\"%b\",\"server\":\"%s\",\"queueMs\":%Tw,\"totalMs\":%Ta,\"bytes\":%B,\"end\":\"%ts\"}"`;

function errors(): string[] {
  const plain = (status: number, error: string): string =>
    `http-error status ${status} ${JSON_TYPE} string '{"error":"${error}"}' ${CORS}`;
  return [
    plain(400, 'Bad request'),
    plain(408, 'The request did not come in time'),
    plain(500, 'Something went wrong'),
    plain(502, 'The service gave no answer'),
    `http-error status 503 ${FULL}`,
    plain(504, 'The service took too long'),
  ];
}

function frontend(settings: EdgeSettings): string[] {
  return [
    'frontend public',
    `bind ${settings.publicHost}:${settings.publicPort}`,
    `${LONG_TARGET} if { url_len gt ${TARGET_BYTES_MAX} }`,
    `${NO_METHOD} if !{ method GET HEAD OPTIONS POST PUT PATCH DELETE }`,
    `${NO_HOST} if !{ req.hdr(host) -m found }`,
    // An absolute-form target is legal; behind us everybody sees the origin form of it.
    'http-request set-uri %[pathq] if !{ url_beg / }',
    `${NOT_FOUND} if !{ path_beg / }`,
    `${NOT_FOUND} if { path_reg -- '${AMBIGUOUS_PATH}' }`,
    'acl read method GET HEAD OPTIONS',
    'acl api path_beg /api/',
    'acl streaming path /api/v1/streaming',
    'acl streaming path_beg /api/v1/streaming/',
    'acl oauth path_beg /oauth/',
    'acl public_file path_beg /avatars/ /headers/ /.well-known/',
    `${NOT_FOUND} if !api !oauth !public_file`,
    `${NOT_FOUND} if public_file !read`,
    // What a client says about itself is not believed.
    'http-request del-header forwarded',
    'http-request del-header x-real-ip',
    'http-request del-header x-forwarded- -m beg',
    'http-request set-header x-forwarded-for %[src]',
    'http-request set-header x-forwarded-proto http',
    'use_backend push-gateway if streaming',
    'use_backend ingest if oauth',
    'use_backend timeline if read',
    'default_backend ingest',
  ];
}

function backend(settings: EdgeSettings, name: Backend, slots: Slots): string[] {
  return [
    `backend ${name}`,
    'balance leastconn',
    'option httpchk GET /health',
    'http-check expect status 200',
    ...(name === 'push-gateway' ? streamRules() : lobbyRules(settings, name)),
    ...slots.map((slot, index) =>
      slot === null
        ? `server ${slotName(index)} ${NOWHERE} disabled`
        : `server ${slotName(index)} ${slot.host}:${slot.port}`,
    ),
  ];
}

/** Checks every second, four times as often while in doubt; a server is down after two failures and up after one success. */
const CHECKS =
  'default-server check inter 1s fastinter 250ms downinter 500ms fall 2 rise 1 observe layer4 error-limit 2 on-error mark-down';

function streamRules(): string[] {
  return ['option http-no-delay', 'retry-on conn-failure', `timeout server ${STREAM_TIMEOUT}`, CHECKS];
}

function lobbyRules(settings: EdgeSettings, name: Backend): string[] {
  return [
    `http-request return status 503 ${FULL} if { queue(${name}) ge ${settings.lobbyMax} }`,
    // A connection that failed did no work. One that died without an answer may have: only what may be repeated is.
    'retry-on conn-failure empty-response',
    'http-request disable-l7-retry if !{ method GET HEAD OPTIONS } !{ req.hdr(idempotency-key) -m found }',
    `${CHECKS} maxconn ${settings.serverMaxconn}`,
  ];
}
