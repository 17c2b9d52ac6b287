/** Joins the two: a request that was let in becomes a session, and a session that subscribes becomes a reader. */
import type { ProcessHttp } from '@murmur/service';
import {
  MessageAllowance,
  parseClientMessage,
  UNKNOWN_STREAM,
  type ClientMessage,
} from './client-message-core.js';
import { openDoor, type Admitted } from './door.js';
import type { Hub } from './hub.js';
import type { GatewayMetrics } from './metrics.js';
import type { Reader } from './reader.js';
import type { Session, Sessions } from './sessions.js';
import { openSse } from './sse.js';
import type { ResolveToken } from './token-checks.js';
import { Outbox, type Transport } from './transport.js';
import { textFrame } from './wire-core.js';
import { createWsAcceptor } from './ws.js';

export interface StreamsOptions {
  readonly http: ProcessHttp;
  readonly sessions: Sessions;
  readonly hub: Hub;
  readonly metrics: GatewayMetrics;
  readonly now: () => number;
  readonly resolveToken: ResolveToken;
  readonly draining: () => boolean;
  readonly onLeft: (reader: Reader) => void;
}

export function openStreams(options: StreamsOptions): void {
  const { http, sessions, metrics, now, resolveToken, draining } = options;
  const outbox = new Outbox();
  const acceptWs = createWsAcceptor(outbox);
  openDoor({
    http,
    sessions,
    resolveToken,
    draining,
    onRefused: ({ status }) => metrics.refused.inc({ status: String(status) }),
    openSse: (req, admitted) => {
      const session = openSession(options, admitted, openSse(req, outbox));
      req.socket.once('close', session.close);
    },
    openWs: (upgrade, admitted) => {
      acceptWs(upgrade, (transport) => {
        const session = openSession(options, admitted, transport);
        upgrade.socket.once('close', session.close);
        const allowance = new MessageAllowance(now());
        transport.listen({
          onText: (text) => session.hear(parseClientMessage(text)),
          allow: () => allowance.spend(now()),
        });
        if (admitted.request.unknownStream) session.hear(UNKNOWN_STREAM);
      });
    },
  });
}

interface OpenSession {
  readonly hear: (message: ClientMessage) => void;
  readonly close: () => void;
}

function openSession(options: StreamsOptions, admitted: Admitted, transport: Transport): OpenSession {
  const { sessions, hub, onLeft } = options;
  const { account, token, request } = admitted;
  const session: Session = { account, token, transport };
  const forget = sessions.add(session);
  /** Where the first subscription begins; used up by it. */
  let { cursor } = request;
  let reader: Reader | null = null;
  const subscribe = (): void => {
    if (reader !== null) return;
    reader = hub.join(account, transport, cursor);
    cursor = null;
  };
  const unsubscribe = (): void => {
    if (reader === null) return;
    hub.leave(reader);
    onLeft(reader);
    reader = null;
  };
  if (request.stream === 'user') subscribe();
  return {
    hear: (message) => {
      if (message.kind === 'error')
        transport.write(textFrame(JSON.stringify({ error: message.error, status: message.status })));
      else if (message.stream !== 'user')
        return; // accepted, and silent until there are notifications
      else if (message.kind === 'subscribe') subscribe();
      else unsubscribe();
    },
    close: () => {
      forget();
      unsubscribe();
    },
  };
}
