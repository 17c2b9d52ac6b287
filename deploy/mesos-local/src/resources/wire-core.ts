import type { Resource } from '@murmur/engine';
import { EMPTY, add, isEmptyItem, type Bundle, type Item, type Kind } from './bundle-core.js';
import { allocatedKind, kindOfResource } from './kind-core.js';
import { normaliseRanges } from './ranges-core.js';

/**
 * How reservations are written. `pre`: `role` (and `reservation` if dynamic), what frameworks without RESERVATION_REFINEMENT
 * see. `post`: `reservations`, and no `role`. `endpoint`: both, as operator endpoints and legacy JSON show them.
 */
export type ReservationFormat = 'pre' | 'post' | 'endpoint';

/** Resources of either format, already validated (validate-core.ts); empty ones vanish, those of one kind are added. */
export function bundleOf(resources: readonly Resource[] | undefined): Bundle {
  if (resources === undefined || resources.length === 0) return EMPTY;
  return resources.map(itemOf).reduce<Bundle>(addOne, EMPTY);
}

function addOne(bundle: Bundle, item: Item): Bundle {
  return isEmptyItem(item) ? bundle : add(bundle, [item]);
}

function itemOf(resource: Resource): Item {
  const kind = kindOfResource(resource);
  if (kind.type === 'SCALAR')
    return { type: 'SCALAR', kind, thousandths: toThousandths(resource.scalar?.value) };
  if (kind.type === 'RANGES') {
    return { type: 'RANGES', kind, ranges: normaliseRanges(resource.ranges?.range ?? []) };
  }
  return { type: 'SET', kind, items: [...new Set(resource.set?.item ?? [])].sort() };
}

/** Three decimals count; what is smaller is rounded. */
export function toThousandths(value: number | undefined): number {
  return Math.round((value ?? 0) * 1000);
}

/** Messages of a bundle. A refined reservation has no `pre` form and is written as `reservations` there. */
export function toResources(bundle: Bundle, format: ReservationFormat): readonly Resource[] {
  return bundle.map((item) => {
    const kind = item.kind;
    const amount =
      item.type === 'SCALAR'
        ? { scalar: { value: item.thousandths / 1000 } }
        : item.type === 'RANGES'
          ? { ranges: { range: item.ranges } }
          : { set: { item: item.items } };
    return {
      name: kind.name,
      type: kind.type,
      ...amount,
      ...reservationFields(kind, format),
      ...(kind.allocatedTo === null ? {} : { allocation_info: { role: kind.allocatedTo } }),
      ...(kind.disk === null ? {} : { disk: kind.disk }),
      ...(kind.revocable ? { revocable: {} } : {}),
      ...(kind.shared ? { shared: {} } : {}),
    };
  });
}

function reservationFields(kind: Kind, format: ReservationFormat): Partial<Resource> {
  const [first, ...refinements] = kind.reservations;
  if (first === undefined) return format === 'post' ? {} : { role: '*' };
  if (format === 'post' || refinements.length > 0) return { reservations: kind.reservations };
  const old = {
    ...(first.role === undefined ? {} : { role: first.role }),
    ...(first.type === 'DYNAMIC'
      ? {
          reservation: {
            ...(first.principal === undefined ? {} : { principal: first.principal }),
            ...(first.labels === undefined ? {} : { labels: first.labels }),
          },
        }
      : {}),
  };
  return format === 'pre' ? old : { ...old, reservations: kind.reservations };
}

/** The same amounts, offered or allocated to a role. */
export function allocate(bundle: Bundle, role: string): Bundle {
  return withAllocation(bundle, role);
}

/** The same amounts as an agent's own; amounts that were allocated to different roles are added. */
export function unallocate(bundle: Bundle): Bundle {
  return withAllocation(bundle, null);
}

function withAllocation(bundle: Bundle, role: string | null): Bundle {
  if (bundle.every((item) => item.kind.allocatedTo === role)) return bundle;
  const items = bundle.map((item): Item => ({ ...item, kind: allocatedKind(item.kind, role) }));
  return items.reduce<Bundle>(addOne, EMPTY);
}

/** The same resources, allocated to `role` where they do not say to whom: what clients may leave out of operations. */
export function injectAllocation(
  resources: readonly Resource[] | undefined,
  role: string,
): readonly Resource[] {
  return (resources ?? []).map((resource) =>
    resource.allocation_info?.role === undefined ? { ...resource, allocation_info: { role } } : resource,
  );
}
