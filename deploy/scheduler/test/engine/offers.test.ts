import fc from 'fast-check';
import type { EngineOffer, PortRange } from '@murmur/engine';
import { countPorts, freeOf, mergeRanges, OfferBook, pickPorts } from '../../src/engine/offers-core.js';

const nothing = { cpus: 0, memMb: 0, diskMb: 0, gpus: 0, ports: [] };

function offer(id: string, agentId: string, cpus = 1, ports: readonly PortRange[] = []): EngineOffer {
  return {
    id,
    agentId,
    hostname: agentId,
    agentUrl: null,
    resources: { cpus, memMb: 100, diskMb: 10, gpus: 0, ports },
    revocable: nothing,
    attributes: new Map(),
    absence: null,
  };
}

describe('the offers that are held', () => {
  it('count together when they are of one agent', () => {
    const book = new OfferBook();
    book.add(offer('o1', 'a', 0.1, [{ first: 1, last: 2 }]), 0, 100);
    book.add(offer('o2', 'a', 0.2, [{ first: 3, last: 3 }]), 5, 100);
    expect(freeOf(book.ofAgent('a'))).toEqual({
      cpus: 0.3,
      memMb: 200,
      diskMb: 20,
      gpus: 0,
      ports: [{ first: 1, last: 3 }],
    });
    expect(book.held()).toMatchObject([{ agentId: 'a', heldSince: 0, offers: [{ id: 'o1' }, { id: 'o2' }] }]);
    expect(book.take('a').map(({ id }) => id)).toEqual(['o1', 'o2']);
    expect(book.size).toBe(0);
    expect(book.agents()).toEqual([]);
  });

  it('go when they are rescinded, and leave the others of the agent', () => {
    const book = new OfferBook();
    book.add(offer('o1', 'a'), 0, 100);
    book.add(offer('o2', 'a'), 0, 100);
    expect(book.remove('o1')).toBe('a');
    expect(book.remove('o1')).toBeNull();
    expect(book.ofAgent('a').map(({ id }) => id)).toEqual(['o2']);
    book.clear();
    expect(book.ofAgent('a')).toEqual([]);
  });

  it('run out agent by agent', () => {
    const book = new OfferBook();
    book.add(offer('o1', 'a'), 0, 100);
    book.add(offer('o2', 'a'), 0, 200);
    book.add(offer('o3', 'b'), 0, 200);
    expect(book.expired(99)).toEqual([]);
    expect(book.expired(100)).toEqual(['a']);
    expect(book.expired(200)).toEqual(['a', 'b']);
  });
});

const ranges = fc
  .array(fc.record({ first: fc.integer({ min: 1, max: 200 }), length: fc.integer({ min: 0, max: 20 }) }))
  .map((list) => mergeRanges(list.map(({ first, length }) => ({ first, last: first + length }))));

describe('ports of an offer', () => {
  it('are picked once each, out of the ranges, and the rest is what is left', () => {
    fc.assert(
      fc.property(ranges, fc.nat(30), fc.double({ min: 0, max: 1, noNaN: true }), (from, count, random) => {
        const picked = pickPorts(from, count, random);
        if (countPorts(from) < count) return picked === null;
        const ports = picked?.ports ?? [];
        const within = ports.every((port) => from.some(({ first, last }) => first <= port && port <= last));
        const all = mergeRanges([
          ...(picked?.rest ?? []),
          ...ports.map((port) => ({ first: port, last: port })),
        ]);
        return within && new Set(ports).size === count && JSON.stringify(all) === JSON.stringify(from);
      }),
    );
  });
});
