/** What a connection of any protocol may hold, and how long it may take to go. */

/** A chunk this large is as much as one connection is read of in a turn, or little less: then it is the others' turn. */
export const TURN_BYTES = 64 * 1024;
/** From this size on a request is large: it takes its time to be run. */
export const LARGE_BYTES = 64 * 1024;
/** Requests a client may send ahead of the one that is under way, bytes; beyond, its socket is not read. */
export const AHEAD_BYTES_MAX = 256 * 1024;
/** Replies a connection may hold before it stops taking requests, bytes. */
export const REPLY_BYTES_MAX = 1024 * 1024;
/** What a reply costs beside its bytes, so that many tiny ones count too. */
export const REPLY_WEIGHT_BYTES = 64;
/** Up to this replies are copied into one buffer; above, the kernel gathers them. */
export const BLOCK_BYTES_MAX = 64 * 1024;
/** A connection that is being closed is cut after this long without a byte either way, ms. */
export const LINGER_MS = 2000;
/** And after this long whatever its client does, ms. */
export const CLOSING_MS = 30_000;
