export interface ModelItem {
  readonly data: string;
  readonly added: number;
  readonly expiry: number;
}

export interface Wait {
  readonly client: number;
  readonly how: 'take' | 'open' | 'peek' | 'monitor';
  readonly deadline: number;
  left: number;
}

export interface ModelQueue {
  readonly name: string;
  items: ModelItem[];
  /** Oldest first; one that the queue has taken back stays until its client closes it. */
  open: { readonly client: number; readonly item: ModelItem; at: number | null; gone: boolean }[];
  waits: Wait[];
  used: number;
}

export function size(items: readonly ModelItem[]): number {
  return items.reduce((sum, { data }) => sum + data.length, 0);
}

export function isOver({ expiry, added }: ModelItem, maxAge: number | null, now: number): boolean {
  return (expiry !== 0 && expiry < now) || (maxAge !== null && added + maxAge < now);
}

export function opened(queue: Pick<ModelQueue, 'open'>): ModelQueue['open'] {
  return queue.open.filter(({ gone }) => !gone);
}

/** Open reads of one client that the queue has not taken back. */
export function held(queue: ModelQueue, client: number): number {
  return opened(queue).filter((read) => read.client === client).length;
}

/** Reads that have been open for longer; those that were open before there was a time-out count from now. */
export function overdue(queue: ModelQueue, timeout: number, now: number): ModelQueue['open'] {
  const over: ModelQueue['open'] = [];
  for (const read of opened(queue)) {
    read.at ??= now;
    if (read.at >= now - timeout && read.at !== now) break;
    if (read.at < now - timeout) over.push(read);
  }
  return over;
}
