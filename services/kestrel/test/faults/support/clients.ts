import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from './client.js';
import { keyOf } from './ledger.js';
import type { World } from './world.js';

/** A client's life with a server; ends with ClientGone when the server dies, or once the world is over. */
export type Role = (world: World, connect: () => Promise<Client>) => Promise<void>;

const WAIT = 't=100';

/** Sets items, `depth` at a time on one connection. */
export function writer(queue: string, name: string, depth: number, pauseMs = 0): Role {
  return async (world, connect) => {
    const client = await connect();
    while (world.going()) {
      await Promise.all(Array.from({ length: depth }, () => world.write(client, queue, name)));
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
}

/** In one life it hardly reads, so that the queue grows; in another faster than all others write. */
export function moodyTaker(queue: string): Role {
  return (world, connect) => {
    const [depth, pauseMs] = world.random.pick([
      [1, 50],
      [60, 0],
    ] as const);
    return taker(queue, depth, pauseMs)(world, connect);
  };
}

/** Plain reads, `depth` at a time; what is asked for when the server dies may go with it. */
export function taker(queue: string, depth: number, pauseMs: number): Role {
  return async (world, connect) => {
    const client = await connect();
    const ledger = world.ledger(queue);
    const take = async (): Promise<void> => {
      ledger.takesUnanswered += 1;
      const item = await client.get(`${queue}/${WAIT}`);
      ledger.takesUnanswered -= 1;
      if (item !== null) ledger.taken(keyOf(item));
    };
    while (world.going()) {
      await Promise.all(Array.from({ length: depth }, take));
      await sleep(pauseMs);
    }
  };
}

/** `monitor`, then `confirm` in two parts. */
export function monitorer(queue: string, max: number): Role {
  return async (world, connect) => {
    const client = await connect();
    const ledger = world.ledger(queue);
    while (world.going()) {
      const keys = (await client.monitor(queue, 1, max)).map(keyOf);
      for (const key of keys) ledger.opened(key, client);
      const first = world.random.between(0, keys.length);
      for (const part of [keys.slice(0, first), keys.slice(first)]) {
        if (part.length === 0) continue;
        ledger.asked(part);
        const answer = await client.line(`confirm ${queue} ${part.length}`);
        if (answer !== 'END') world.surprises.push(`confirm ${queue}: ${answer}`);
        ledger.confirmed(part);
      }
    }
  };
}

/** `get/open`, then `get/close/open` from item to item, now and then a `get/close` alone. */
export function closer(queue: string): Role {
  return async (world, connect) => {
    const client = await connect();
    const ledger = world.ledger(queue);
    let held: string[] = [];
    while (world.going()) {
      ledger.asked(held);
      const alone = held.length > 0 && world.random.chance(0.2);
      const item = await client.get(`${queue}/close${alone ? '' : `/open/${WAIT}`}`);
      ledger.confirmed(held);
      held = item === null ? [] : [keyOf(item)];
      for (const key of held) ledger.opened(key, client);
    }
  };
}

/** Opens some, gives them back, keeps some. */
export function aborter(queue: string): Role {
  return async (world, connect) => {
    const client = await connect();
    const ledger = world.ledger(queue);
    while (world.going()) {
      const item = await client.get(`${queue}/open/${WAIT}`);
      if (item === null) continue;
      const key = keyOf(item);
      ledger.opened(key, client);
      if (world.random.chance(0.5)) {
        ledger.freed([key]);
        await client.get(`${queue}/abort`);
      } else {
        ledger.asked([key]);
        await client.get(`${queue}/close`);
        ledger.confirmed([key]);
      }
    }
  };
}

/** Opens a few items, confirms some of them, and leaves without a word with the rest open. */
export function leaver(queue: string): Role {
  return async (world, connect) => {
    const ledger = world.ledger(queue);
    while (world.going()) {
      const client = await connect();
      const keys: string[] = [];
      for (let opened = world.random.between(1, 8); opened > 0 && world.going(); opened -= 1) {
        const item = await client.get(`${queue}/open/${WAIT}`);
        if (item === null) break;
        keys.push(keyOf(item));
        ledger.opened(keyOf(item), client);
      }
      const part = keys.splice(0, world.random.between(0, keys.length));
      if (part.length > 0) {
        ledger.asked(part);
        await client.line(`confirm ${queue} ${part.length}`);
        ledger.confirmed(part);
      }
      ledger.freed(keys);
      client.close();
    }
  };
}

/** Looks at heads. */
export function peeker(queues: readonly string[]): Role {
  return async (world, connect) => {
    const client = await connect();
    while (world.going()) {
      const queue = world.random.pick(queues);
      const item = await client.get(`${queue}/peek`);
      if (item !== null) world.ledger(queue).peeked(keyOf(item));
      await sleep(5);
    }
  };
}

/** Sets and takes items of a queue of its own, and flushes or deletes it now and then. */
export function clearer(queue: string, name: string): Role {
  return async (world, connect) => {
    const client = await connect();
    const ledger = world.ledger(queue);
    while (world.going()) {
      for (let sets = world.random.between(1, 40); sets > 0; sets -= 1) {
        await world.write(client, queue, name);
        if (world.random.chance(0.6)) continue;
        ledger.takesUnanswered += 1;
        const item = await client.get(queue);
        ledger.takesUnanswered -= 1;
        if (item !== null) ledger.taken(keyOf(item));
      }
      const gone = ledger.clearing();
      const [command, answer] = world.random.pick([
        ['flush', 'END'],
        ['delete', 'DELETED'],
      ] as const);
      const said = await client.line(`${command} ${queue}`);
      if (said !== answer && world.going()) world.surprises.push(`${command} ${queue}: ${said}`);
      ledger.confirmed(gone);
    }
  };
}
