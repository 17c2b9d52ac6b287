import type { Resource, ResourceReservationInfo } from '@murmur/engine';
import { EMPTY, add, equals, filterItems, isIndivisible, type Bundle, type Kind } from './bundle-core.js';
import { formatBundle } from './format-core.js';
import { kindOf, reservationsOf, reservedFor, reservedKind } from './kind-core.js';
import { isInSubtree } from './roles-core.js';

export function isDynamic(resource: Resource): boolean {
  return reservationsOf(resource).at(-1)?.type === 'DYNAMIC';
}

export function isPersistent(resource: Resource): boolean {
  return resource.disk?.persistence !== undefined;
}

/** What is reserved for exactly this role. */
export function reservedTo(bundle: Bundle, role: string): Bundle {
  return filterItems(bundle, (item) => reservedFor(item.kind) === role);
}

export function unreservedOf(bundle: Bundle): Bundle {
  return filterItems(bundle, (item) => reservedFor(item.kind) === null);
}

/** What a framework of this role may have: what nobody reserved, or somebody at or above it. */
export function allocatableTo(bundle: Bundle, role: string): Bundle {
  return filterItems(bundle, (item) => {
    const owner = reservedFor(item.kind);
    return owner === null || isInSubtree(role, owner);
  });
}

/** The reserved part by role, for views. */
export function reservedByRole(bundle: Bundle): ReadonlyMap<string, Bundle> {
  const roles = new Map<string, Bundle>();
  for (const item of bundle) {
    const role = reservedFor(item.kind);
    if (role !== null) roles.set(role, add(roles.get(role) ?? EMPTY, [item]));
  }
  return roles;
}

/** The same amounts without any reservation, static ones too. */
export function toUnreserved(bundle: Bundle): Bundle {
  return mapKinds(bundle, (kind) => reservedKind(kind, []));
}

/** The same amounts with one more reservation on top. */
export function pushReservation(bundle: Bundle, reservation: ResourceReservationInfo): Bundle {
  return mapKinds(bundle, (kind) => reservedKind(kind, [...kind.reservations, reservation]));
}

/** The same amounts without the topmost reservation; what is not reserved stays as it is. */
export function popReservation(bundle: Bundle): Bundle {
  return mapKinds(bundle, (kind) => reservedKind(kind, kind.reservations.slice(0, -1)));
}

/** An operation on resources: where `before` was there is `after` afterwards. */
export interface Conversion {
  readonly before: Bundle;
  readonly after: Bundle;
}

/** RESERVE names the resources as they are to be; `source`, if given, as they are now. */
export function reserveConversion(resources: Bundle, source: Bundle = EMPTY): Conversion {
  return { before: source.length > 0 ? source : popReservation(resources), after: resources };
}

/** UNRESERVE names the resources as they are. */
export function unreserveConversion(resources: Bundle): Conversion {
  return { before: resources, after: popReservation(resources) };
}

/** CREATE names the volumes as they are to be: until then they are a part of the disk. */
export function createConversion(volumes: Bundle): Conversion {
  return { before: mapKinds(volumes, withoutVolume), after: volumes };
}

export function destroyConversion(volumes: Bundle): Conversion {
  return { before: volumes, after: mapKinds(volumes, withoutVolume) };
}

function withoutVolume(kind: Kind): Kind {
  const source = kind.disk?.source;
  return kindOf({ ...kind, disk: source === undefined ? null : { source }, shared: false });
}

function mapKinds(bundle: Bundle, change: (kind: Kind) => Kind): Bundle {
  return bundle.reduce<Bundle>((sum, item) => add(sum, [{ ...item, kind: change(item.kind) }]), EMPTY);
}

/** Who asks: `principal` of the framework or operator, and for a framework the roles it is subscribed to. */
export interface Reserver {
  readonly principal: string | null;
  readonly roles: readonly string[] | null;
}

/** Why a RESERVE of these (valid) resources cannot be done; null if it can. */
export function validateReserve(resources: Bundle, source: Bundle, by: Reserver): string | null {
  if (resources.length === 0) return 'Invalid resources: Resource cannot be empty';
  if (source.length > 0 && !equals(toUnreserved(source), toUnreserved(resources))) {
    return `Source and target resources should refer to identical resource quantities: ${formatBundle(toUnreserved(source))} vs. ${formatBundle(toUnreserved(resources))}`;
  }
  for (const item of resources) {
    const text = formatBundle([item]);
    const reservation = item.kind.reservations.at(-1);
    if (reservation?.type !== 'DYNAMIC') return `Resource ${text} is not dynamically reserved`;
    if (isIndivisible(item.kind) && item.kind.disk?.persistence !== undefined) {
      return `A persistent volume ${text} must already be reserved`;
    }
    const role = reservation.role ?? '';
    const allocated = item.kind.allocatedTo;
    if (allocated !== null && !isInSubtree(role, allocated) && !isInSubtree(allocated, role)) {
      return `A reserve operation was attempted for a resource with role '${role}', but the resource was allocated to role '${allocated}'`;
    }
    if (by.roles !== null && !by.roles.some((own) => isInSubtree(own, role))) {
      return `A reserve operation was attempted for a resource with role '${role}', but the framework can only reserve resources with roles '${by.roles.join(', ')}'`;
    }
    if (by.principal !== null && reservation.principal !== by.principal) {
      return `A reserve operation was attempted by principal '${by.principal}', but there is a reserved resource in the request with principal '${reservation.principal ?? ''}' set in ReservationInfo`;
    }
  }
  return null;
}

/** Why an UNRESERVE of these (valid) resources cannot be done; null if it can. */
export function validateUnreserve(resources: Bundle): string | null {
  for (const item of resources) {
    const text = formatBundle([item]);
    if (item.kind.reservations.at(-1)?.type !== 'DYNAMIC') {
      return `Resource ${text} is not dynamically reserved`;
    }
    if (item.kind.disk?.persistence !== undefined) {
      return `A dynamically reserved persistent volume ${text} cannot be unreserved directly. Please destroy the persistent volume first then unreserve the resource`;
    }
  }
  return resources.length === 0 ? 'Invalid resources: Resource cannot be empty' : null;
}
