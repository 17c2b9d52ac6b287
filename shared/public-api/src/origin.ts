import type { Origin } from '@murmur/model';
import { ApiError } from './error-core.js';
import { addressFrom, isTrusted, originFrom } from './origin-core.js';
import type { Incoming } from './types.js';

function header(req: Incoming, name: string): string | null {
  const value = req.headers[name];
  return (Array.isArray(value) ? value.at(-1) : value) ?? null;
}

/** The client's address: as the edge forwarded it, else the connection's. */
export function clientAddress(req: Incoming): string {
  return addressFrom(req.socket.remoteAddress, header(req, 'x-forwarded-for'));
}

/** The public origin as the client wrote it: `http://127.0.0.1:8080`. Throws a 400 `ApiError` for a bad Host. */
export function originOf(req: Incoming): Origin {
  const proto = isTrusted(req.socket.remoteAddress) ? header(req, 'x-forwarded-proto') : null;
  const origin = originFrom(req.headers.host, proto);
  if (origin === null) throw new ApiError('malformed', { error: 'The Host header is not a host' });
  return origin;
}
