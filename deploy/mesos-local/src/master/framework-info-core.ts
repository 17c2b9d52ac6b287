import type { FrameworkInfo } from '@murmur/engine';
import { validateRole } from '../resources/index.js';
import { validateId } from './ids-core.js';

/** The most seconds that a Duration can hold: 2^63 nanoseconds. */
const DURATION_SECONDS_MAX = 2 ** 63 / 1e9;

export function isMultiRole(info: FrameworkInfo): boolean {
  return (info.capabilities ?? []).some((capability) => capability.type === 'MULTI_ROLE');
}

/** The roles that a framework is subscribed to. */
export function rolesOf(info: FrameworkInfo): readonly string[] {
  return isMultiRole(info) ? (info.roles ?? []) : [info.role ?? '*'];
}

/** Why a framework may not subscribe with this, or null; the sentences are Mesos's. `allowed` null = any role. */
export function validateFrameworkInfo(info: FrameworkInfo, allowed: readonly string[] | null): string | null {
  const error = validateRoles(info);
  if (error !== null) return error;
  const id = info.id?.value ?? '';
  const badId = id === '' ? null : validateId(id);
  if (badId !== null) return badId;
  const timeout = info.failover_timeout ?? 0;
  if (!(Math.abs(timeout) < DURATION_SECONDS_MAX)) {
    return `The framework failover_timeout (${timeout}) is invalid`;
  }
  const strangers = rolesOf(info).filter(
    (role) => allowed !== null && role !== '*' && !allowed.includes(role),
  );
  if (strangers.length > 0) return `Roles ${set(strangers)} are not present in the master's --roles`;
  return null;
}

function validateRoles(info: FrameworkInfo): string | null {
  if (!isMultiRole(info)) {
    if ((info.roles ?? []).length > 0) {
      return "'FrameworkInfo.roles' must not be set when the framework is not MULTI_ROLE capable";
    }
    const error = validateRole(info.role ?? '*');
    return error === null ? null : `'FrameworkInfo.role' is not a valid role: ${error}`;
  }
  if (info.role !== undefined) {
    return "'FrameworkInfo.role' must not be set when the framework is MULTI_ROLE capable";
  }
  const roles = info.roles ?? [];
  const twice = [...new Set(roles.filter((role, i) => roles.indexOf(role) !== i))];
  if (twice.length > 0) return `'FrameworkInfo.roles' contains duplicate items: ${set(twice)}`;
  for (const role of roles) {
    const error = validateRole(role);
    if (error !== null) return `'FrameworkInfo.roles' contains invalid role: ${error}`;
  }
  return null;
}

/** Suppressed roles must be subscribed ones. */
export function validateSuppressed(
  roles: readonly string[],
  suppressed: readonly string[] | undefined,
): string | null {
  const strangers = (suppressed ?? []).filter((role) => !roles.includes(role));
  return strangers.length === 0
    ? null
    : `Suppressed roles ${set(strangers)} are not contained in the set of roles`;
}

/** Why an UPDATE_FRAMEWORK (or a resubscription) may not change this, or null. */
export function validateInfoUpdate(before: FrameworkInfo, after: FrameworkInfo): string | null {
  if (before.principal !== after.principal) return "Changing framework's principal is not allowed.";
  if (before.user !== after.user) {
    return `Updating 'FrameworkInfo.user' is unsupported; attempted to update from '${before.user}' to '${after.user}'`;
  }
  const [was, is] = [before.checkpoint ?? false, after.checkpoint ?? false];
  if (was !== is) {
    return `Updating 'FrameworkInfo.checkpoint' is unsupported; attempted to update from '${was}' to '${is}'`;
  }
  return null;
}

function set(items: readonly string[]): string {
  return `{ ${items.join(', ')} }`;
}
