import type { Socket } from 'node:net';
import type { Ticket } from '../../src/queue/registry-core.js';
import { Pieces, ownBytes } from '../../src/socket/pieces-core.js';
import { Replies } from '../../src/socket/replies.js';
import { Stored } from '../../src/text/replies-core.js';
import { StoredFirst } from '../../src/thrift/stored-core.js';

const ticket = (): Ticket => ({ pending: 1, failed: false, onSettled: [] });

function settle(ticket: Ticket, failed = false): void {
  ticket.failed = failed;
  ticket.pending = 0;
  for (const call of ticket.onSettled) call();
}

/** Replies that are written into a list. */
function makeReplies() {
  const written: string[] = [];
  const socket: Pick<Socket, 'write' | 'cork' | 'uncork' | 'destroyed' | 'writableLength'> = {
    write: (piece: string | Uint8Array) => written.push(piece.toString()) > 0,
    cork: () => undefined,
    uncork: () => undefined,
    destroyed: false,
    writableLength: 0,
  };
  const outcome = { stored: Buffer.from('yes'), failed: Buffer.from('no') };
  const replies: Replies = new Replies(socket as Socket, () => replies.flush(), outcome);
  return { replies, written };
}

describe('Replies', () => {
  it('hold back what comes after a reply that waits for a journal', () => {
    const { replies, written } = makeReplies();
    const [first, second] = [ticket(), ticket()];
    const stored = new Stored();
    stored.add(first);
    stored.add(first);
    stored.add(second);
    stored.add(null);
    replies.add(Buffer.from('before'));
    replies.addLate(stored);
    replies.add(Buffer.from('after'));
    replies.flush();
    expect(written).toEqual(['before']);
    settle(first, true);
    expect(written).toEqual(['before']);
    replies.flush();
    settle(second);
    expect(written.join('')).toBe('before+2\nafter');
    expect(replies.empty).toBe(true);
    expect(replies.bytesWritten).toBe(14);
  });

  it('say of a ticket by itself how it ended, alone and among others', () => {
    const { replies, written } = makeReplies();
    const [alone, first, second] = [ticket(), ticket(), ticket()];
    replies.addTicket(alone);
    replies.flush();
    expect(written).toEqual([]);
    settle(alone);
    expect(written).toEqual(['yes']);
    for (const each of [first, second, first]) replies.addTicket(each);
    replies.flush();
    settle(first, true);
    expect(written).toEqual(['yes', 'no']);
    settle(second);
    expect(written.join('')).toBe('yesnoyesno');
    expect(replies.empty).toBe(true);
  });

  it('ask a ticket only once, however often they are flushed', () => {
    const { replies } = makeReplies();
    const waits = ticket();
    const stored = new Stored();
    stored.add(waits);
    replies.addLate(stored);
    for (let count = 0; count < 5; count += 1) replies.flush();
    expect(waits.onSettled).toHaveLength(1);
  });

  it('are full of many small ones as of one that is large', () => {
    const { replies } = makeReplies();
    for (let count = 0; count < 1024 * 16; count += 1) replies.add(Buffer.alloc(0));
    expect(replies.full).toBe(true);
    replies.flush();
    expect(replies.full).toBe(false);
    replies.add(Buffer.alloc(1024 * 1024));
    expect(replies.full).toBe(true);
  });
});

describe('StoredFirst', () => {
  it('counts items up to the first whose journal failed, and no further', () => {
    const [good, bad, late] = [ticket(), ticket(), ticket()];
    const stored = new StoredFirst((count) => Buffer.from(String(count)));
    for (const each of [good, good, null, bad, late]) stored.add(each);
    expect(stored.tickets).toEqual([good, bad, late]);
    settle(good);
    settle(late);
    settle(bad, true);
    expect(stored.encode().toString()).toBe('3');
    settle(bad);
    expect(stored.encode().toString()).toBe('5');
  });
});

describe('Pieces', () => {
  it('join what comes byte by byte', () => {
    const pieces = new Pieces();
    const whole = Buffer.from('x'.repeat(5000));
    for (let at = 0; at < whole.length; at += 1) pieces.append(whole, at, at + 1);
    expect(pieces.length).toBe(5000);
    expect(pieces.take().equals(whole)).toBe(true);
    expect(pieces.length).toBe(0);
  });

  it('let a small item go of the large buffer it came in', () => {
    const chunk = Buffer.alloc(64 * 1024);
    expect(ownBytes(chunk.subarray(5, 15)).buffer).not.toBe(chunk.buffer);
    expect(ownBytes(chunk.subarray(5)).buffer).toBe(chunk.buffer);
  });
});
