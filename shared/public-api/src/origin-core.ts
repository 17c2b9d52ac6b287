/** What the edge tells about a request. Pure: text in, text out. */

const HOST = /^(?:\[[0-9a-fA-F:.]{2,45}\]|[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?)(?::[0-9]{1,5})?$/;
const ADDRESS = /^[0-9a-fA-F:.]{2,45}$/;
const LOOPBACK = /^(?:127\.|::1$|::ffff:127\.)/;

/** `scheme://host[:port]`, or null when the Host header is no host. */
export function originFrom(host: string | undefined, forwardedProto: string | null): string | null {
  if (host === undefined || !HOST.test(host)) return null;
  const origin = `${forwardedProto === 'https' ? 'https' : 'http'}://${host}`;
  return URL.canParse(origin) ? origin : null;
}

/** Forwarded headers count only from the edge, which is on this machine; anybody else could write them. */
export function isTrusted(remoteAddress: string | undefined): boolean {
  return remoteAddress !== undefined && LOOPBACK.test(remoteAddress);
}

/** The edge appends the address it saw: the last one is the client's, those before it are hearsay. */
export function addressFrom(remoteAddress: string | undefined, forwardedFor: string | null): string {
  const remote = remoteAddress ?? 'unknown';
  if (forwardedFor === null || !isTrusted(remoteAddress)) return remote;
  const last = forwardedFor.slice(forwardedFor.lastIndexOf(',') + 1).trim();
  return ADDRESS.test(last) ? last : remote;
}
