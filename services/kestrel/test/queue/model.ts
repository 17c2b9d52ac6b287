/** The simplest thing that behaves like one Kestrel queue with several clients; slow and obvious. */

export interface ModelItem {
  readonly data: string;
  readonly expiry: number;
  readonly added: number;
}

interface ModelWait {
  readonly client: number;
  readonly how: 'take' | 'open' | 'peek' | 'monitor';
  readonly deadline: number;
  left: number;
}

export interface ModelLimits {
  readonly maxItems: number;
  readonly discard: boolean;
  readonly maxAge: number | null;
  readonly maxOpen: number;
}

export class Model {
  items: ModelItem[] = [];
  open: ModelItem[][];
  waits: ModelWait[] = [];
  heard: string[][];
  now = 0;
  readonly #limits: ModelLimits;

  constructor(clients: number, limits: ModelLimits) {
    this.open = Array.from({ length: clients }, () => []);
    this.heard = Array.from({ length: clients }, () => []);
    this.#limits = limits;
  }

  waiting(client: number): boolean {
    return this.waits.some((wait) => wait.client === client);
  }

  set(data: string, expiry: number): string {
    this.#expireItems();
    while (this.items.length >= this.#limits.maxItems) {
      if (!this.#limits.discard) return 'refused';
      this.items.shift();
    }
    this.items.push({ data, expiry, added: this.now });
    this.#serve();
    return 'stored';
  }

  get(client: number, how: 'take' | 'open' | 'peek', timeout: number): string {
    const held = this.open[client]!.length;
    if ((how === 'take' && held > 0) || (how === 'open' && held >= this.#limits.maxOpen)) return 'held';
    const item = this.#fetch(client, how);
    if (item !== null || timeout === 0) return item ?? 'END';
    this.waits.push({ client, how, deadline: this.now + timeout, left: 1 });
    return 'waiting';
  }

  monitor(client: number, seconds: number, max: number): void {
    const wait = { client, how: 'monitor', deadline: this.now + seconds * 1000, left: max } as const;
    const it: ModelWait = { ...wait };
    while (!this.#monitorDone(it)) {
      if (!this.#monitorOne(it)) {
        this.waits.push(it);
        return;
      }
    }
    this.heard[client]!.push('END');
  }

  settle(client: number, abort: boolean): void {
    const item = this.open[client]!.shift();
    if (!abort || item === undefined) return;
    this.items.unshift(item);
    this.#serve();
  }

  confirm(client: number, count: number): boolean {
    if (count <= 0 || count > this.open[client]!.length) return false;
    this.open[client]!.splice(0, count);
    return true;
  }

  disconnect(client: number): void {
    this.waits = this.waits.filter((wait) => wait.client !== client);
    const items = this.open[client]!.splice(0);
    this.items.unshift(...items);
    this.#serve();
  }

  flush(): void {
    this.items = [];
  }

  tick(now: number): void {
    this.now = now;
    const over = this.waits.filter((wait) => wait.deadline <= now);
    this.waits = this.waits.filter((wait) => wait.deadline > now);
    for (const { client } of over) this.heard[client]!.push('END');
  }

  #isDead({ expiry, added }: ModelItem): boolean {
    const { maxAge } = this.#limits;
    return (expiry !== 0 && expiry < this.now) || (maxAge !== null && added + maxAge < this.now);
  }

  #expireItems(): void {
    while (this.items[0] !== undefined && this.#isDead(this.items[0])) this.items.shift();
  }

  #head(): ModelItem | undefined {
    this.#expireItems();
    return this.items[0];
  }

  #fetch(client: number, how: ModelWait['how']): string | null {
    const item = this.#head();
    if (item === undefined) return null;
    if (how !== 'peek') this.items.shift();
    if (how === 'open' || how === 'monitor') this.open[client]!.push(item);
    return item.data;
  }

  #monitorDone({ client, left, deadline }: ModelWait): boolean {
    return left <= 0 || this.now >= deadline || this.open[client]!.length >= this.#limits.maxOpen;
  }

  #monitorOne(wait: ModelWait): boolean {
    const item = this.#fetch(wait.client, 'monitor');
    if (item === null) return false;
    wait.left -= 1;
    this.heard[wait.client]!.push(item);
    return true;
  }

  /** Hands items to waiters in turn, one each; a monitor that goes on is last in line again. */
  #serve(): void {
    while (this.waits.length > 0 && this.#head() !== undefined) {
      const wait = this.waits.shift()!;
      if (wait.how === 'monitor') {
        this.#monitorOne(wait);
        if (this.#monitorDone(wait)) this.heard[wait.client]!.push('END');
        else this.waits.push(wait);
        continue;
      }
      const item = this.#fetch(wait.client, wait.how);
      if (item === null) this.waits.push(wait);
      else this.heard[wait.client]!.push(item);
    }
  }
}
