/** A request on a connection of its own, for what is rare: `stats`, `delete`. */
import type { Endpoint } from '@murmur/discovery';
import { openConnection } from './connection.js';
import { ASK_TIMEOUT_MS } from './defaults.js';
import type { Reply } from './reply-parser-core.js';

/**
 * Sends `request`, gives every reply to `onReply` as it comes (none is kept), and resolves at the first one of kind
 * `last`. Rejects when the server cannot be reached within `connectTimeoutMs`, is silent for `replyTimeoutMs`, is not
 * done within `ASK_TIMEOUT_MS`, or answers an error.
 */
export function ask(
  endpoint: Endpoint,
  request: string,
  last: Reply['kind'],
  bounds: { readonly connectTimeoutMs: number; readonly replyTimeoutMs: number },
  onReply: (reply: Reply) => void = () => undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const connection = openConnection(endpoint, bounds.connectTimeoutMs, {
      onOpen: () => {
        connection.closeAfterSilence(bounds.replyTimeoutMs);
        connection.write(request);
      },
      onReplies: (replies) => {
        for (const reply of replies) {
          onReply(reply);
          if (reply.kind === last) resolve();
          else if (reply.kind === 'error') reject(new Error(reply.line));
          else continue;
          connection.close('answered');
          return;
        }
      },
      onClose: (why) => {
        clearTimeout(timer);
        reject(new Error(why));
      },
    });
    const timer = setTimeout(() => {
      connection.close(`not answered in full within ${ASK_TIMEOUT_MS} ms`);
    }, ASK_TIMEOUT_MS);
  });
}
