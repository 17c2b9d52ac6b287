import type { MetaConnection } from './meta-connection.js';
import type { Reply } from './meta-parser-core.js';

/** One request with one reply; null when the server is away. */
export function ask(connection: MetaConnection, bytes: Buffer): Promise<Reply | null> {
  return new Promise((resolve) => {
    connection.send(bytes, {
      onReply(reply) {
        resolve(reply);
        return true;
      },
      onFail: () => resolve(null),
    });
  });
}

/** Quiet requests that end with the `mn` fence: every reply before it; null when the server is away. */
export function askMany(connection: MetaConnection, bytes: Buffer): Promise<Reply[] | null> {
  return new Promise((resolve) => {
    const replies: Reply[] = [];
    connection.send(bytes, {
      onReply(reply) {
        if (reply.code !== 'MN') {
          replies.push(reply);
          return false;
        }
        resolve(replies);
        return true;
      },
      onFail: () => resolve(null),
    });
  });
}

/** `keys` in pieces of at most `max`. */
export function* windowsOf<T>(items: readonly T[], max: number): Generator<readonly T[]> {
  if (items.length <= max) {
    if (items.length > 0) yield items;
    return;
  }
  for (let at = 0; at < items.length; at += max) yield items.slice(at, at + max);
}
