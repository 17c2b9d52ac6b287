/** Callers that wait until a put would be admitted, first come, first served. */
import { READY_WAITERS_MAX } from './defaults.js';
import { KestrelError, KestrelOverloaded } from './errors.js';
import { Fifo } from './fifo-core.js';

interface Waiter {
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: KestrelError) => void;
}

/** Whether so many more puts of so many bytes together are admitted. */
export type HasRoom = (puts: number, bytes: number) => boolean;

export class RoomWaiters {
  private readonly hasRoom: HasRoom;
  private readonly waiting = new Fifo<Waiter>();
  /** Promised in this turn of the event loop: whoever was let in puts before it ends. */
  private promised = 0;
  private promisedBytes = 0;
  private turnEnd: NodeJS.Immediate | null = null;

  constructor(hasRoom: HasRoom) {
    this.hasRoom = hasRoom;
  }

  /** Rejects with `overloaded` when `READY_WAITERS_MAX` wait already. */
  wait(bytes: number): Promise<void> {
    if (this.waiting.size === 0 && this.promise(bytes)) return Promise.resolve();
    if (this.waiting.size >= READY_WAITERS_MAX)
      return Promise.reject(new KestrelOverloaded(`${this.waiting.size} callers wait for room already`));
    return new Promise((resolve, reject) => {
      this.waiting.push({ bytes, resolve, reject });
    });
  }

  /** There may be room: looks at the end of the turn. */
  wake(): void {
    if (this.waiting.size > 0) this.lookLater();
  }

  /** Rejects all with `closed`. */
  close(): void {
    for (const { reject } of this.waiting.takeAll())
      reject(new KestrelError('closed', 'ready: the client was closed'));
  }

  private promise(bytes: number): boolean {
    if (!this.hasRoom(this.promised + 1, this.promisedBytes + bytes)) return false;
    this.promised += 1;
    this.promisedBytes += bytes;
    this.lookLater();
    return true;
  }

  private lookLater(): void {
    this.turnEnd ??= setImmediate(() => {
      this.turnEnd = null;
      this.promised = 0;
      this.promisedBytes = 0;
      for (let head = this.waiting.head(); head !== undefined; head = this.waiting.head()) {
        if (!this.promise(head.bytes)) return;
        this.waiting.shift()?.resolve();
      }
    });
  }
}
