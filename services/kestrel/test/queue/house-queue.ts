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
  /** Oldest first. */
  open: { readonly client: number; readonly item: ModelItem; at: number | null }[];
  waits: Wait[];
  used: number;
}

export function size(items: readonly ModelItem[]): number {
  return items.reduce((sum, { data }) => sum + data.length, 0);
}

export function isOver({ expiry, added }: ModelItem, maxAge: number | null, now: number): boolean {
  return (expiry !== 0 && expiry < now) || (maxAge !== null && added + maxAge < now);
}
