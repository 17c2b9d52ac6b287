/** A reply that takes several turns of the event loop to make. */
interface LongReply {
  readonly pieces: Generator<string, string>;
  readonly made: Buffer[];
  readonly wanted: () => boolean;
  readonly done: (made: readonly Buffer[]) => void;
}

/** Those of all connections, of each at most one: it runs no other request meanwhile. */
const underWay: LongReply[] = [];

/**
 * Makes a reply of pieces, the last of which is what `pieces` returns. Answers the first where it is the whole; else
 * null, and `done` gets all of them later. Of all replies that are under way one goes on, by one piece, in a turn of the
 * event loop, so clients are served in between. One that is no longer `wanted` is dropped.
 */
export function makeReply(
  pieces: LongReply['pieces'],
  wanted: LongReply['wanted'],
  done: LongReply['done'],
): Buffer | null {
  const first = pieces.next();
  const made = Buffer.from(first.value, 'latin1');
  if (first.done === true) return made;
  underWay.push({ pieces, made: [made], wanted, done });
  if (underWay.length === 1) setImmediate(nextTurn);
  return null;
}

function nextTurn(): void {
  while (underWay[0]?.wanted() === false) underWay.shift();
  const [reply] = underWay;
  if (reply === undefined) return;
  const { pieces, made, done } = reply;
  const next = pieces.next();
  made.push(Buffer.from(next.value, 'latin1'));
  underWay.shift();
  if (next.done !== true) underWay.push(reply);
  if (underWay.length > 0) setImmediate(nextTurn);
  if (next.done === true) done(made);
}
