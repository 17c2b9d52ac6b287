/** A client that does not read is cut off, and costs no more than the ring. */
import { silentLog } from '@murmur/service';
import type { Request, Response } from 'express';
import { Events } from '../../src/http/events.js';
import { ApiWorld } from './api-world.js';

/** A connection whose other end reads when the test says so. */
class Connection {
  readonly written: string[] = [];
  waiting = 0;
  stuck = false;
  state: 'open' | 'ended' | 'destroyed' = 'open';
  readonly #on = new Map<string, () => void>();

  get writableLength(): number {
    return this.waiting;
  }
  set(): void {
    // Headers are of no interest here.
  }
  flushHeaders(): void {
    // As above.
  }
  write(text: string): boolean {
    this.written.push(text);
    if (this.stuck) this.waiting += text.length;
    return !this.stuck;
  }
  on(event: string, listener: () => void): void {
    this.#on.set(event, listener);
  }
  end(): void {
    this.state = 'ended';
  }
  destroy(): void {
    this.state = 'destroyed';
  }
  drain(): void {
    this.waiting = 0;
    this.#on.get('drain')?.();
  }
  /** Only what events are. */
  get events(): readonly string[] {
    return this.written.filter((text) => text.includes('event: '));
  }
}

function open(events: Events, world: ApiWorld): Connection {
  const connection = new Connection();
  const req = { get: () => undefined } as unknown as Request;
  events.open(req, connection as unknown as Response, world.backend, null);
  return connection;
}

function streams(kept: number): { world: ApiWorld; events: Events } {
  const world = new ApiWorld();
  return { world, events: new Events({ log: silentLog(), context: () => world.viewContext(), kept }) };
}

describe('a slow client', () => {
  it('is written no more to until it has read, and then gets everything', () => {
    const { world, events } = streams(10_000);
    const slow = open(events, world);
    slow.stuck = true;
    for (let i = 0; i < 500; i++) world.create({ name: `job-${i}`, instances: 1 });
    const before = slow.events.length;
    expect(before).toBeLessThan(1000);
    slow.stuck = false;
    slow.drain();
    expect(slow.events).toHaveLength(1000);
    events.close();
    expect(slow.state).toBe('ended');
  });

  it('is cut off once what it has not read is not kept any more', () => {
    const { world, events } = streams(20);
    const slow = open(events, world);
    const quick = open(events, world);
    slow.waiting = 10_000_000;
    for (let i = 0; i < 50; i++) world.create({ name: `job-${i}`, instances: 1 });
    expect(slow.events).toEqual([]);
    slow.drain();
    expect([slow.state, quick.state, quick.events.length]).toEqual(['destroyed', 'open', 100]);
    expect(events.streams).toBe(1);
    events.close();
  });
});
