/** Who may see a status. */
import type { Id, Status } from '@murmur/model';

/** `follows` is asked only about a private status of somebody else. */
export function maySee(status: Status, viewer: Id | null, follows: (author: Id) => boolean): boolean {
  if (status.visibility !== 'private') return true;
  return viewer !== null && (viewer === status.authorId || follows(status.authorId));
}

/** What `exclude_replies` leaves out; the same rule as the store's filter, or a page would differ at the seam. */
export function isReply(status: Status): boolean {
  return status.inReplyToId !== null;
}
