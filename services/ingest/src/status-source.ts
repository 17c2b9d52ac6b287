import { cacheKeys, statusRows, type RowCache } from '@murmur/cache';
import { decodeStatusRow, type Id, type Status } from '@murmur/model';
import type { Store } from '@murmur/store';

export type Found =
  | { readonly kind: 'there'; readonly status: Status }
  | { readonly kind: 'deleted' }
  | { readonly kind: 'nowhere' };

/** A status by id: the row cache has what MySQL does not have yet. Throws what the store throws. */
export async function findStatus(
  tools: { readonly rows: RowCache; readonly store: Pick<Store, 'statusesByIds'> },
  id: Id,
): Promise<Found> {
  const bytes = await tools.rows.get(cacheKeys.status(id));
  const row = bytes === null ? null : decodeStatusRow(bytes);
  if (row !== null)
    return row.kind === 'status' ? { kind: 'there', status: row.status } : { kind: 'deleted' };
  const { statuses, deleted } = await tools.store.statusesByIds([id]);
  const status = statuses[0];
  if (status !== undefined) return { kind: 'there', status };
  if (deleted.length === 0) return { kind: 'nowhere' };
  await statusRows(tools.rows).bury(id);
  return { kind: 'deleted' };
}
