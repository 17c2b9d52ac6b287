/**
 * The life of one reader, as a table: (state, event) -> next state and the effects in their order. `reader.ts`
 * performs them.
 *
 * waiting   it came with a cursor; what it missed has been asked for, live items wait
 * live      items are written as they come
 * checking  live, and once more asked whether it missed something
 * closed    nothing reaches it any more
 */
export const STATES = ['waiting', 'live', 'checking', 'closed'] as const;
export type State = (typeof STATES)[number];

/**
 * item: something for it to read. check: it may have missed something. answer: what it missed is known.
 * replayed: all of that is written. unavailable: nobody could say. overflow: too much waits. slow: it does not read.
 * end: it is gone, or is to go.
 */
export const EVENTS = [
  'item',
  'check',
  'answer',
  'replayed',
  'unavailable',
  'overflow',
  'slow',
  'end',
] as const;
export type ReaderEvent = (typeof EVENTS)[number];

/**
 * hold: keep the item back. write: write the item. ask: ask for what it missed. again: ask once more after this answer.
 * replay: write what it missed, as fast as it reads. gap: announce what cannot be had, and replay no more.
 * flush: write what was held back. settle: nothing is missing any more. confirm: look once more in a moment.
 * drop: tell it that it is too slow, and cut it.
 */
export const EFFECTS = [
  'hold',
  'write',
  'ask',
  'again',
  'replay',
  'gap',
  'flush',
  'settle',
  'confirm',
  'drop',
] as const;
export type Effect = (typeof EFFECTS)[number];

export interface Step {
  readonly next: State;
  readonly effects: readonly Effect[];
}

const to = (next: State, ...effects: Effect[]): Step => ({ next, effects });

export const READER: Readonly<Record<State, Readonly<Record<ReaderEvent, Step>>>> = {
  waiting: {
    item: to('waiting', 'hold'),
    check: to('waiting'),
    answer: to('waiting', 'replay'),
    replayed: to('live', 'flush', 'confirm'),
    unavailable: to('live', 'gap', 'flush', 'confirm'),
    overflow: to('live', 'gap', 'flush', 'confirm'),
    slow: to('closed', 'drop'),
    end: to('closed'),
  },
  live: {
    item: to('live', 'write'),
    check: to('checking', 'ask'),
    // An answer that comes after an overflow: the gap has been announced.
    answer: to('live'),
    replayed: to('live'),
    unavailable: to('live'),
    overflow: to('live'),
    slow: to('closed', 'drop'),
    end: to('closed'),
  },
  checking: {
    item: to('checking', 'write'),
    check: to('checking', 'again'),
    answer: to('checking', 'replay'),
    replayed: to('live', 'settle'),
    unavailable: to('live', 'gap', 'settle'),
    overflow: to('checking'),
    slow: to('closed', 'drop'),
    end: to('closed'),
  },
  closed: {
    item: to('closed'),
    check: to('closed'),
    answer: to('closed'),
    replayed: to('closed'),
    unavailable: to('closed'),
    overflow: to('closed'),
    slow: to('closed'),
    end: to('closed'),
  },
};
