/** A request on a connection of its own, for what is rare: `stats`, `delete`. */
import type { Endpoint } from '@murmur/discovery';
import { openConnection } from './connection.js';
import type { Reply } from './reply-parser-core.js';

/**
 * Sends `request` and resolves with the replies up to the first one of kind `last`. Rejects when the server
 * cannot be reached within `connectTimeoutMs`, is silent for `replyTimeoutMs`, or answers an error.
 */
export function ask(
  endpoint: Endpoint,
  request: string,
  last: Reply['kind'],
  bounds: { readonly connectTimeoutMs: number; readonly replyTimeoutMs: number },
): Promise<Reply[]> {
  return new Promise((resolve, reject) => {
    const got: Reply[] = [];
    const connection = openConnection(endpoint, bounds.connectTimeoutMs, {
      onOpen: () => {
        connection.closeAfterSilence(bounds.replyTimeoutMs);
        connection.write(request);
      },
      onReplies: (replies) => {
        for (const reply of replies) {
          got.push(reply);
          if (reply.kind === last) resolve(got);
          else if (reply.kind === 'error') reject(new Error(reply.line));
          else continue;
          connection.close('answered');
          return;
        }
      },
      onClose: (why) => {
        reject(new Error(why));
      },
    });
  });
}
