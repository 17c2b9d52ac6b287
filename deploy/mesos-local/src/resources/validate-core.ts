import type { Resource, ResourceReservationInfo } from '@murmur/engine';
import { isStrictSubrole, validateRole } from './roles-core.js';

/** Resources that a message may carry; a list that is longer is not looked at, so that checking it stays cheap. */
export const RESOURCES_MAX = 10_000;

/**
 * Why these resources, as a client or an agent sent them, cannot be used; null if they can. The checks, their order and their
 * sentences are those of Mesos (`Resources::validate`); the resource itself is printed as JSON.
 */
export function validateResources(resources: readonly Resource[]): string | null {
  if (resources.length > RESOURCES_MAX) {
    return `${String(resources.length)} resources, at most ${String(RESOURCES_MAX)} are allowed`;
  }
  for (const resource of resources) {
    const error = validateResource(resource);
    if (error !== null) return `Resource '${JSON.stringify(resource)}' is invalid: ${error}`;
  }
  return null;
}

export function validateResource(resource: Resource): string | null {
  if (resource.name === '') return 'Empty resource name';
  return (
    validateValue(resource) ??
    validateDisk(resource) ??
    validateReservations(resource) ??
    validateShared(resource)
  );
}

function validateValue(resource: Resource): string | null {
  const { scalar, ranges, set } = resource;
  switch (resource.type) {
    case 'SCALAR':
      if (scalar === undefined || ranges !== undefined || set !== undefined) return 'Invalid scalar resource';
      if (!Number.isFinite(scalar.value)) return 'Invalid scalar resource: value is not a finite number';
      return scalar.value < 0 ? 'Invalid scalar resource: value < 0' : null;
    case 'RANGES':
      if (scalar !== undefined || ranges === undefined || set !== undefined) return 'Invalid ranges resource';
      return validateRanges(resource);
    case 'SET':
      if (scalar !== undefined || ranges !== undefined || set === undefined) return 'Invalid set resource';
      return new Set(set.item).size < (set.item?.length ?? 0)
        ? 'Invalid set resource: duplicated elements'
        : null;
    case 'TEXT':
      return 'Unsupported resource type';
  }
}

function validateRanges(resource: Resource): string | null {
  const ranges = [...(resource.ranges?.range ?? [])].sort((a, b) => a.begin - b.begin);
  let end = -Infinity;
  for (const range of ranges) {
    if (range.begin > range.end) return 'Invalid ranges resource: begin > end';
    if (range.begin <= end) return 'Invalid ranges resource: overlapping ranges';
    end = range.end;
  }
  return null;
}

function validateDisk(resource: Resource): string | null {
  if (resource.disk === undefined) return null;
  if (resource.name !== 'disk') return `DiskInfo should not be set for ${resource.name} resource`;
  const source = resource.disk.source;
  if (source === undefined) return null;
  if (source.type === 'UNKNOWN') {
    return `Unsupported 'DiskInfo.Source.Type' in '${JSON.stringify(source)}'`;
  }
  if (source.type === 'PATH' || source.type === 'MOUNT') return null;
  if (source.mount !== undefined) return `Mount should not be set for ${source.type} disk source`;
  return source.path === undefined ? null : `Path should not be set for ${source.type} disk source`;
}

function validateReservations(resource: Resource): string | null {
  const stack = resource.reservations ?? [];
  if (stack.length === 0) return validateOldReservation(resource);
  for (const reservation of stack) {
    if (reservation.type === undefined) {
      return "Invalid reservation: 'Resource.ReservationInfo.type' field must be set.";
    }
    if (reservation.role === undefined) {
      return "Invalid reservation: 'Resource.ReservationInfo.role' field must be set.";
    }
    const error = validateRole(reservation.role);
    if (error !== null) return error;
    if (reservation.role === '*') return 'Invalid reservation: role "*" cannot be reserved';
  }
  return validateStack(stack) ?? validateBothFormats(resource, stack);
}

/** Every reservation on top of another is dynamic and for a role below it. */
function validateStack(stack: readonly ResourceReservationInfo[]): string | null {
  for (const [i, reservation] of stack.entries()) {
    const ancestor = stack[i - 1]?.role;
    if (ancestor === undefined) continue;
    if (reservation.type === 'STATIC') {
      return 'Invalid refined reservation: A refined reservation cannot be STATIC';
    }
    const role = reservation.role ?? '';
    if (!isStrictSubrole(role, ancestor)) {
      return `Invalid refined reservation: role '${role}' is not a refinement of '${ancestor}'`;
    }
  }
  return null;
}

function validateOldReservation(resource: Resource): string | null {
  const role = resource.role ?? '*';
  const error = validateRole(role);
  if (error !== null || resource.reservation === undefined) return error;
  for (const field of ['type', 'role'] as const) {
    if (resource.reservation[field] !== undefined) {
      return `'Resource.ReservationInfo.${field}' must not be set for the 'Resource.reservation' field`;
    }
  }
  return role === '*' ? 'Invalid reservation: role "*" cannot be dynamically reserved' : null;
}

/** `role` and `reservation` may be there too, if they say the same as the one reservation. */
function validateBothFormats(resource: Resource, stack: readonly ResourceReservationInfo[]): string | null {
  const bad = (text: string): string => `Invalid resource format: ${text}`;
  const [first, ...more] = stack;
  if (more.length > 0) {
    const field =
      resource.role !== undefined ? 'role' : resource.reservation !== undefined ? 'reservation' : null;
    return field === null
      ? null
      : bad(
          `'Resource.${field}' must not be set if there is more than one reservation in 'Resource.reservations'`,
        );
  }
  if (resource.role !== undefined && resource.role !== first?.role) {
    return bad(
      `'Resource.role' field with '${resource.role}' does not match the role '${first?.role ?? ''}' in 'Resource.reservations'`,
    );
  }
  const single = "if the single reservation in 'Resource.reservations' is";
  if (first?.type === 'UNKNOWN') return "Unsupported 'Resource.ReservationInfo.Type'";
  if (first?.type === 'STATIC') {
    return resource.reservation === undefined
      ? null
      : bad(`'Resource.reservation' must not be set ${single} STATIC`);
  }
  if ((resource.role === undefined) !== (resource.reservation === undefined)) {
    return bad(
      `'Resource.role' and 'Resource.reservation' must either be both set or both not set ${single} DYNAMIC`,
    );
  }
  const principal = resource.reservation?.principal;
  return resource.reservation !== undefined && principal !== first?.principal
    ? bad(
        `'Resource.reservation.principal' field with '${principal ?? ''}' does not match the principal '${first?.principal ?? ''}' in 'Resource.reservations'`,
      )
    : null;
}

function validateShared(resource: Resource): string | null {
  if (resource.shared === undefined) return null;
  if (resource.name !== 'disk') return `Resource ${resource.name} cannot be shared`;
  return resource.disk?.persistence === undefined ? 'Only persistent volumes can be shared' : null;
}
