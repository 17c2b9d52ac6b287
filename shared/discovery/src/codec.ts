import type { Endpoint, Member, MemberStatus, NewMember } from './types.js';

const STATUSES: readonly string[] = [
  'DEAD',
  'STARTING',
  'ALIVE',
  'STOPPING',
  'STOPPED',
  'WARNING',
] satisfies MemberStatus[];
const MEMBER_NAME = /^member_\d{10,}$/;
const MAX_PORT = 65_535;

/** The prefix of a member's node; ZooKeeper appends a sequence number of ten digits. */
export const MEMBER_PREFIX = 'member_';

export function isMemberName(name: string): boolean {
  return MEMBER_NAME.test(name);
}

/** The JSON that Aurora's announcer (twitter.commons ServerSet) writes; `shard` only where it is known. */
export function encodeMember(member: NewMember): string {
  const { serviceEndpoint, additionalEndpoints, status, shard } = member;
  return JSON.stringify({
    serviceEndpoint,
    additionalEndpoints,
    status,
    ...(shard === null ? {} : { shard }),
  });
}

/** Null where the bytes are not a member: someone else's node must not hurt the set. Unknown fields are ignored. */
export function decodeMember(name: string, text: string): Member | null {
  const json = parse(text);
  if (!isRecord(json)) return null;
  const serviceEndpoint = toEndpoint(json['serviceEndpoint']);
  const status = toStatus(json['status']);
  if (serviceEndpoint === null || status === null) return null;
  return {
    name,
    serviceEndpoint,
    additionalEndpoints: toEndpoints(json['additionalEndpoints']),
    status,
    shard: toShard(json['shard']),
  };
}

/** A member that is ALIVE at one endpoint, as most are. */
export function aliveMember(endpoint: Endpoint, shard: number | null = null): NewMember {
  return { serviceEndpoint: endpoint, additionalEndpoints: {}, status: 'ALIVE', shard };
}

export function sameEndpoint(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function toEndpoint(value: unknown): Endpoint | null {
  if (!isRecord(value)) return null;
  const { host, port } = value;
  if (typeof host !== 'string' || host === '' || typeof port !== 'number') return null;
  return Number.isInteger(port) && port > 0 && port <= MAX_PORT ? { host, port } : null;
}

function toEndpoints(value: unknown): Readonly<Record<string, Endpoint>> {
  if (!isRecord(value)) return {};
  const pairs = Object.entries(value).map(([name, endpoint]) => [name, toEndpoint(endpoint)] as const);
  return Object.fromEntries(
    pairs.flatMap(([name, endpoint]) => (endpoint === null ? [] : [[name, endpoint]])),
  );
}

function toStatus(value: unknown): MemberStatus | null {
  return typeof value === 'string' && STATUSES.includes(value) ? (value as MemberStatus) : null;
}

function toShard(value: unknown): number | null {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : null;
}
