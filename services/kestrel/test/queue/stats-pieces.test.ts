import { dumpInPieces, statsInPieces, NO_FIGURES, type InPieces } from '../../src/queue/stats-core.js';
import { freshHubCounts, type Hub } from '../../src/queue/session-core.js';
import { makeHub } from '../hub.js';

const NOW = 1_700_000_000_000;
const FACTS = {
  startedAt: NOW,
  version: '1',
  connections: 1,
  connectionsBy: {},
  totalConnections: 1,
  bytesRead: 0,
  bytesWritten: 0,
  openJournals: 0,
  memoryLimit: 1,
  counts: freshHubCounts(),
};

const nameOf = (i: number): string => `q${i}`;

function hubWith(queues: number): Hub {
  const hub = makeHub({});
  for (let i = 0; i < queues; i += 1) hub.registry.obtain(nameOf(i), NOW);
  return hub;
}

const stats = ({ registry }: Hub): InPieces => statsInPieces(registry, FACTS, () => NO_FIGURES, NOW);
const dump = ({ registry }: Hub, ...names: string[]): InPieces =>
  dumpInPieces(registry, names, () => NO_FIGURES, NOW);

/** All pieces; `between` is called after each but the last. */
function piecesOf(reply: InPieces, between: () => void = () => undefined): string[] {
  const pieces: string[] = [];
  for (;;) {
    const { value, done } = reply.next();
    pieces.push(value);
    if (done === true) return pieces;
    between();
  }
}

const toldByStats = (text: string): string[] =>
  [...text.matchAll(/STAT queue_(q\d+|new)_items /g)].map(([, name]) => name ?? '');
const toldByDump = (text: string): string[] =>
  [...text.matchAll(/queue '(.*)' \{\r\n {2}items=/g)].map(([, name]) => name ?? '');

describe.each([
  ['stats', stats, toldByStats],
  ['dump_stats', dump, toldByDump],
] as const)('%s', (_, run, told) => {
  it.each([
    [0, 1],
    [200, 1],
    [201, 2],
    [450, 3],
  ])('of %i queues has %i pieces, each queue once, in their order', (queues, count) => {
    const pieces = piecesOf(run(hubWith(queues)));
    expect(pieces).toHaveLength(count);
    expect(pieces.every((piece) => piece.endsWith('\r\n'))).toBe(true);
    const text = pieces.join('');
    expect(text.endsWith('\r\nEND\r\n')).toBe(true);
    expect(told(text)).toEqual(Array.from({ length: queues }, (__, i) => nameOf(i)));
  });

  it('tells nothing of queues that come or go between two pieces', () => {
    const hub = hubWith(201);
    const pieces = piecesOf(run(hub), () => {
      hub.registry.delete(nameOf(200), NOW);
      hub.registry.obtain('new', NOW);
    });
    expect(told(pieces.join(''))).toEqual(Array.from({ length: 200 }, (__, i) => nameOf(i)));
    expect(pieces.at(-1)).toBe('END\r\n');
  });
});

describe('dump_stats of names', () => {
  it('has an empty block for a queue that is not there', () => {
    expect(piecesOf(dump(hubWith(1), 'none'))).toEqual(["queue 'none' {\r\n  \r\n}\r\nEND\r\n"]);
  });
});
