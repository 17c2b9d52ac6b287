import {
  accountFromJson,
  accountToJson,
  CodecError,
  countOf,
  fieldsOf,
  flagOf,
  idOf,
  statusFromJson,
  statusToJson,
  textOf,
} from './json.js';
import { packIds, unpackIds } from './packed.js';
import type { Event, PresenceItem, PresenceSnapshot, PushItem } from './types.js';

/** First byte of every queue payload. A reader refuses any other. */
export const PAYLOAD_VERSION = 1;

function encodeJson(value: unknown): Buffer {
  const json = JSON.stringify(value);
  const out = Buffer.allocUnsafe(1 + Buffer.byteLength(json));
  out[0] = PAYLOAD_VERSION;
  out.write(json, 1);
  return out;
}

function checkVersion(payload: Buffer): void {
  if (payload[0] !== PAYLOAD_VERSION)
    throw new CodecError('version', `${payload[0] ?? 'nothing'} is not ${PAYLOAD_VERSION}`);
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    throw new CodecError('payload', 'is not JSON');
  }
}

/** An event as it goes into the queue `statuses`: the version byte, then JSON. */
export function encodeEvent(event: Event): Buffer {
  switch (event.kind) {
    case 'status':
      return encodeJson({
        ...event,
        status: statusToJson(event.status),
        author: accountToJson(event.author),
      });
    case 'delete':
      return encodeJson({ ...event, statusId: String(event.statusId), authorId: String(event.authorId) });
    case 'follow':
    case 'unfollow':
      return encodeJson({
        ...event,
        followerId: String(event.followerId),
        followeeId: String(event.followeeId),
      });
  }
}

/** Throws a CodecError on anything but what `encodeEvent` writes. */
export function decodeEvent(payload: Buffer): Event {
  checkVersion(payload);
  const f = fieldsOf(parseJson(payload.subarray(1)), 'event');
  const common = { receivedAtMs: countOf(f, 'receivedAtMs'), attempt: countOf(f, 'attempt') };
  const kind = f['kind'];
  switch (kind) {
    case 'status':
      return {
        kind,
        status: statusFromJson(f['status']),
        author: accountFromJson(f['author']),
        push: flagOf(f, 'push'),
        ...common,
      };
    case 'delete':
      return { kind, statusId: idOf(f, 'statusId'), authorId: idOf(f, 'authorId'), ...common };
    case 'follow':
    case 'unfollow':
      return { kind, followerId: idOf(f, 'followerId'), followeeId: idOf(f, 'followeeId'), ...common };
    default:
      throw new CodecError(
        'kind',
        `status, delete, follow or unfollow is required, not ${JSON.stringify(kind)}`,
      );
  }
}

/** A push item: the version byte, u32 BE length of the JSON head, the head, then the packed account ids. */
export function encodePushItem(item: PushItem): Buffer {
  return appendAccounts(encodePushHead(item), item.accounts);
}

/** The part of a push item that is the same for every gateway: make it once, append accounts many times. */
export function encodePushHead(
  item:
    | Omit<Extract<PushItem, { kind: 'update' }>, 'accounts'>
    | Omit<Extract<PushItem, { kind: 'delete' }>, 'accounts'>,
): Buffer {
  const { kind, receivedAtMs } = item;
  const head =
    item.kind === 'update'
      ? { kind, receivedAtMs, status: statusToJson(item.status), author: accountToJson(item.author) }
      : { kind, receivedAtMs, statusId: String(item.statusId) };
  const json = JSON.stringify(head);
  const length = Buffer.byteLength(json);
  const out = Buffer.allocUnsafe(5 + length);
  out[0] = PAYLOAD_VERSION;
  out.writeUInt32BE(length, 1);
  out.write(json, 5);
  return out;
}

export function appendAccounts(head: Buffer, accounts: Buffer): Buffer {
  return Buffer.concat([head, accounts]);
}

export function decodePushItem(payload: Buffer): PushItem {
  checkVersion(payload);
  if (payload.length < 5) throw new CodecError('push item', 'shorter than its head');
  const end = 5 + payload.readUInt32BE(1);
  if (end > payload.length) throw new CodecError('push item', 'head length runs past the end');
  const accounts = payload.subarray(end);
  if (accounts.length % 8 !== 0) throw new CodecError('accounts', 'not a multiple of 8 bytes');
  const f = fieldsOf(parseJson(payload.subarray(5, end)), 'push item');
  const receivedAtMs = countOf(f, 'receivedAtMs');
  const kind = f['kind'];
  if (kind === 'update')
    return {
      kind,
      receivedAtMs,
      accounts,
      status: statusFromJson(f['status']),
      author: accountFromJson(f['author']),
    };
  if (kind === 'delete') return { kind, receivedAtMs, accounts, statusId: idOf(f, 'statusId') };
  throw new CodecError('kind', `update or delete is required, not ${JSON.stringify(kind)}`);
}

const idList = (ids: readonly bigint[]): string => packIds(ids).toString('base64');

function idListOf(f: Record<string, unknown>, name: string): bigint[] {
  const bytes = Buffer.from(textOf(f, name), 'base64');
  if (bytes.length % 8 !== 0) throw new CodecError(name, 'not a multiple of 8 bytes');
  return unpackIds(bytes);
}

export function encodePresence(item: PresenceItem): Buffer {
  return encodeJson({ ...item, joins: idList(item.joins), leaves: idList(item.leaves) });
}

export function decodePresence(payload: Buffer): PresenceItem {
  checkVersion(payload);
  const f = fieldsOf(parseJson(payload.subarray(1)), 'presence');
  return {
    gateway: textOf(f, 'gateway'),
    epoch: textOf(f, 'epoch'),
    seq: countOf(f, 'seq'),
    joins: idListOf(f, 'joins'),
    leaves: idListOf(f, 'leaves'),
  };
}

/** The JSON body of `GET /internal/presence`. */
export function presenceSnapshotToJson(snapshot: PresenceSnapshot): Record<string, unknown> {
  return { ...snapshot, accounts: idList(snapshot.accounts) };
}

export function presenceSnapshotFromJson(value: unknown): PresenceSnapshot {
  const f = fieldsOf(value, 'presence snapshot');
  return {
    gateway: textOf(f, 'gateway'),
    epoch: textOf(f, 'epoch'),
    seq: countOf(f, 'seq'),
    accounts: idListOf(f, 'accounts'),
  };
}
