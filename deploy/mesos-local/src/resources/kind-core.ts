import type { Label, Resource, ResourceDiskInfo, ResourceReservationInfo } from '@murmur/engine';
import type { Kind } from './bundle-core.js';

/** Kinds remembered, so that equal ones are usually one object with one key; a clusterful has a few dozen. */
const KINDS_MAX = 10_000;
const kinds = new Map<string, Kind>();

/** A kind from its parts; the key is built here and nowhere else. */
export function kindOf(parts: Omit<Kind, 'key'>): Kind {
  const key = keyOf(parts);
  const known = kinds.get(key);
  if (known !== undefined) return known;
  const kind = { ...parts, key };
  if (kinds.size >= KINDS_MAX) kinds.clear();
  kinds.set(key, kind);
  return kind;
}

/** The kind of a resource in either reservation format (`role` and `reservation`, or `reservations`). */
export function kindOfResource(resource: Resource): Kind {
  return kindOf({
    name: resource.name,
    type: resource.type === 'TEXT' ? 'SET' : resource.type,
    reservations: reservationsOf(resource),
    allocatedTo: resource.allocation_info?.role ?? null,
    disk: resource.disk ?? null,
    revocable: resource.revocable !== undefined,
    shared: resource.shared !== undefined,
  });
}

/** The stack of reservations; `role` alone is a static one, with `reservation` a dynamic one. */
export function reservationsOf(resource: Resource): readonly ResourceReservationInfo[] {
  if (resource.reservations !== undefined && resource.reservations.length > 0) return resource.reservations;
  const role = resource.role ?? '*';
  if (role === '*') return NONE;
  if (resource.reservation === undefined) return [{ type: 'STATIC', role }];
  return [{ ...resource.reservation, type: 'DYNAMIC', role }];
}
const NONE: readonly ResourceReservationInfo[] = [];

/** Each kind's counterparts by role: an allocation run asks for them for every item of every agent. */
const counterparts = new WeakMap<Kind, Map<string | null, Kind>>();
const COUNTERPARTS_MAX = 1000;

/** The same, offered or allocated to a role; null = to nobody. */
export function allocatedKind(kind: Kind, role: string | null): Kind {
  if (kind.allocatedTo === role) return kind;
  let byRole = counterparts.get(kind);
  if (byRole === undefined || byRole.size >= COUNTERPARTS_MAX) {
    byRole = new Map<string | null, Kind>();
    counterparts.set(kind, byRole);
  }
  const known = byRole.get(role);
  if (known !== undefined) return known;
  const allocated = kindOf({ ...kind, allocatedTo: role });
  byRole.set(role, allocated);
  return allocated;
}

export function reservedKind(kind: Kind, reservations: readonly ResourceReservationInfo[]): Kind {
  return kindOf({ ...kind, reservations });
}

/** Whom a kind is reserved for; null = nobody. */
export function reservedFor(kind: Kind): string | null {
  return kind.reservations.at(-1)?.role ?? null;
}

/**
 * Roles have no white space and the rest is JSON without line breaks, so the parts cannot run into each other. The name
 * comes last, since it may be anything.
 */
function keyOf(kind: Omit<Kind, 'key'>): string {
  const plain = kind.reservations.length === 0 && kind.disk === null && !kind.revocable && !kind.shared;
  const rest = plain
    ? ''
    : JSON.stringify([
        kind.reservations.map(reservationKey),
        kind.disk === null ? null : diskKey(kind.disk),
        kind.revocable,
        kind.shared,
      ]);
  return `${kind.type} ${kind.allocatedTo ?? ''} ${rest}\n${kind.name}`;
}

function reservationKey(reservation: ResourceReservationInfo): readonly unknown[] {
  return [
    reservation.type ?? null,
    reservation.role ?? null,
    reservation.principal ?? null,
    labelsKey(reservation.labels?.labels),
  ];
}

/** Order of labels means nothing. */
function labelsKey(labels: readonly Label[] | undefined): readonly string[] {
  return (labels ?? []).map((label) => JSON.stringify([label.key, label.value ?? null])).sort();
}

/** The volume's own principal and mount point are how it is used, not what it is. */
function diskKey(disk: ResourceDiskInfo): readonly unknown[] {
  const source = disk.source;
  return [
    disk.persistence?.id ?? null,
    disk.persistence?.principal ?? null,
    disk.volume === undefined ? null : [disk.volume.container_path, disk.volume.mode],
    source === undefined
      ? null
      : [
          source.type,
          source.path?.root ?? null,
          source.mount?.root ?? null,
          source.vendor ?? null,
          source.id ?? null,
          source.profile ?? null,
          labelsKey(source.metadata?.labels),
        ],
  ];
}
