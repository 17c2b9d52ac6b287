import { LIMIT_DEFAULT } from '@murmur/scheduler-api';

interface PageQuery {
  readonly offset?: number | undefined;
  readonly limit?: number | undefined;
}

/** A part of a list, with the length of the whole; only that part is looked at closer. */
export function page<T, U>(
  all: readonly T[],
  query: PageQuery,
  view: (item: T) => U,
): { items: U[]; total: number } {
  const { offset = 0, limit = LIMIT_DEFAULT } = query;
  return { items: all.slice(offset, offset + limit).map(view), total: all.length };
}

export function whole<T>(items: T[]): { items: T[]; total: number } {
  return { items, total: items.length };
}
