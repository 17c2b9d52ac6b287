import { jest } from '@jest/globals';
import type { QueueConfig } from '../../src/config/schema.js';
import { REMOVALS_SYNC_MS } from '../../src/journal/group-sync.js';
import { PowerDisk, type Loss, type Pick } from './power-disk.js';
import { restarted, Rig } from './rig.js';

export type PowerOp =
  | 'set'
  | 'large'
  | 'get'
  | 'open'
  | 'confirm'
  | 'abort'
  | 'flush'
  | 'turn'
  | 'step'
  | 'time'
  | 'delete'
  | 'close'
  | 'kill'
  | 'cut';

/** The queue as clients know it: open items in the order in which they were opened, then queued ones. */
export type State = readonly string[];

export interface Cut {
  readonly disk: PowerDisk;
  /** The state that had to be safe when the power was cut. */
  readonly safe: number;
  /** The queue was about to be deleted. */
  readonly deleting: boolean;
}

/** Judges what a server finds after a cut. */
export type Check = (found: State, run: PowerRun, cut: Cut) => void;

/**
 * The life of one queue, in which the power is cut again and again: for a look at what is left, at any change of
 * the disk, and for good. It remembers every state the queue was ever in: a record is one step from one to the next.
 */
export class PowerRun {
  readonly config: QueueConfig;
  /** A change of the disk is followed by a look every so many times. */
  readonly #lookEvery: number;
  readonly #pick: Pick;
  readonly #loss: Loss;
  readonly #atOnceBytes: number;
  readonly #check: Check;
  rig: Rig;
  states: State[] = [[]];
  /** Every item that was ever set. */
  readonly items = new Set<string>();
  /** Index of the oldest state that may be found after a power cut. */
  safe = 0;
  looks = 0;
  rewrites = 0;
  rotations = 0;
  #disk = new PowerDisk();
  #queue: string[] = [];
  #open = new Map<number, string>();
  #cuts: Cut[] = [];
  #next = 0;
  #lives = true;
  /** The last state of the process before. */
  #born = 0;
  #deleting = false;

  constructor(config: QueueConfig, pick: Pick, loss: Loss, atOnceBytes: number, check: Check, lookEvery = 6) {
    this.config = config;
    this.#pick = pick;
    this.#loss = loss;
    this.#atOnceBytes = atOnceBytes;
    this.#check = check;
    this.#lookEvery = lookEvery;
    this.rig = this.#start(this.#disk, []);
  }

  async do(op: PowerOp, n: number): Promise<void> {
    const { rig } = this;
    const xid = [...this.#open.keys()][n % Math.max(1, this.#open.size)];
    switch (op) {
      case 'set':
      case 'large':
        this.#set(op === 'large' ? 500 : n % 40);
        break;
      case 'get':
        expect(rig.take()).toBe(this.#queue[0] ?? null);
        if (this.#queue.length === 0) return;
        this.#queue.shift();
        this.#note();
        break;
      case 'open': {
        const item = rig.open();
        const head = this.#queue.shift();
        expect(item === null).toBe(head === undefined);
        if (item === null) return;
        this.#open.set(item, head ?? '');
        this.#note();
        break;
      }
      case 'confirm':
        if (xid === undefined) return;
        rig.queue.confirm(xid);
        this.#open.delete(xid);
        this.#note();
        break;
      case 'abort':
        if (xid === undefined) return;
        rig.queue.abort(xid, rig.now);
        this.#queue.unshift(this.#open.get(xid) ?? '');
        this.#open.delete(xid);
        this.#note();
        break;
      case 'flush':
        for (let left = this.#queue.length; left > 0; left -= 1) {
          this.#queue.shift();
          this.#note();
        }
        rig.queue.flush();
        break;
      case 'turn':
        rig.endTurn();
        break;
      case 'step':
        await this.#disk.step();
        break;
      case 'time':
      case 'delete':
      case 'close':
      case 'kill':
      case 'cut':
        await this.#rare(op);
    }
    this.#look();
  }

  /** Nothing is under way any more. */
  async end(): Promise<void> {
    await this.#leave();
  }

  async #rare(op: 'time' | 'delete' | 'close' | 'kill' | 'cut'): Promise<void> {
    const { rig } = this;
    rig.endTurn();
    if (op === 'time') {
      const written = this.states.length - 1;
      jest.advanceTimersByTime(Math.max(this.config.syncJournal ?? 0, REMOVALS_SYNC_MS));
      await this.#disk.settle();
      // What a process before this one wrote is made durable with what this one writes.
      if (this.config.syncJournal !== null && written > this.#born) this.safe = written;
    } else if (op === 'delete') {
      this.#queue = [];
      this.#open.clear();
      this.#note();
      this.#deleting = true;
      rig.journal.erase();
      this.#deleting = false;
      await this.#disk.settle();
      this.#begin(this.#disk, []);
    } else if (op === 'close') {
      const closing = { done: false };
      const closed = rig.journal.close().then(() => (closing.done = true));
      while (!closing.done) await this.#disk.step();
      await closed;
      this.#begin(this.#disk, this.states.at(-1) ?? []);
    } else {
      this.#look();
      const disk = op === 'kill' ? this.#disk.afterDeath() : this.#disk.cut(this.#pick, this.#loss);
      await this.#leave();
      const found = restarted(disk, this.config);
      if (op === 'cut') this.#check(found, this, { disk, safe: this.safe, deleting: false });
      else expect(found).toEqual(this.states.at(-1));
      for (const item of found) this.items.add(item);
      if (op === 'cut') this.states.push(found);
      if (op === 'cut') this.safe = this.states.length - 1;
      this.#begin(disk, found);
      return;
    }
    if ((op === 'delete' || op === 'close') && this.config.syncJournal !== null)
      this.safe = this.states.length - 1;
  }

  #set(length: number): void {
    const { rig } = this;
    const item = `${this.#next}`.padEnd(Math.max(6, length), '.');
    this.#next += 1;
    this.items.add(item);
    this.#queue.push(item);
    this.#note();
    const index = this.states.length - 1;
    rig.set(item).onSettled.push(() => {
      // The journal of a process that is dead answers nobody.
      if (this.#lives && this.rig === rig && this.config.syncJournal === 0)
        this.safe = Math.max(this.safe, index);
    });
  }

  #note(): void {
    this.states.push([...this.#open.values(), ...this.#queue]);
  }

  /** What would be found after the cuts since the last look. */
  #look(): void {
    for (const cut of this.#cuts.splice(0)) {
      this.looks += 1;
      this.#check(restarted(cut.disk, this.config), this, cut);
    }
  }

  async #leave(): Promise<void> {
    const { rig } = this;
    const disk = this.#disk;
    this.rewrites += rig.journal.rewrites;
    this.rotations += rig.journal.rotations;
    disk.onChange = null;
    disk.stopAfter = 0;
    this.#lives = false;
    rig.journal.erase();
    await disk.settle();
  }

  #begin(disk: PowerDisk, found: State): void {
    this.#queue = [...found];
    this.#open.clear();
    this.rig = this.#start(disk, found);
  }

  #start(disk: PowerDisk, found: State): Rig {
    this.#disk = disk;
    disk.onChange = () => {
      if (this.#pick(this.#lookEvery) > 0) return;
      this.#cuts.push({ disk: disk.cut(this.#pick, this.#loss), safe: this.safe, deleting: this.#deleting });
    };
    this.#lives = true;
    this.#born = this.states.length - 1;
    const rig = new Rig(disk, this.config, undefined, this.#atOnceBytes);
    expect(rig.queue.length).toBe(found.length);
    return rig;
  }
}
