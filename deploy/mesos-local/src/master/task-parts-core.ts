import type { ContainerInfo, Environment, HealthCheck, TaskInfo, Volume } from '@murmur/engine';

/** Checks of the parts of a task or executor; each answers what is wrong or null, in Mesos's words. */
export function validateEnvironment(environment: Environment | undefined): string | null {
  for (const { name, type, value, secret } of environment?.variables ?? []) {
    const who = `Environment variable '${name}'`;
    if (type === 'UNKNOWN') return "Environment variable of type 'UNKNOWN' is not allowed";
    if (type === 'SECRET') {
      if (secret === undefined) return `${who} of type 'SECRET' must have a secret set`;
      if (value !== undefined) return `${who} of type 'SECRET' must not have a value set`;
      continue;
    }
    if (value === undefined) return `${who} of type 'VALUE' must have a value set`;
    if (secret !== undefined) return `${who} of type 'VALUE' must not have a secret set`;
  }
  return null;
}

export function validateContainer(container: ContainerInfo | undefined): string | null {
  if (container === undefined) return null;
  for (const volume of container.volumes ?? []) {
    const error = validateVolume(volume);
    if (error !== null) return `Invalid volume: ${error}`;
  }
  return null;
}

function validateVolume(volume: Volume): string | null {
  const ways = [volume.host_path, volume.image, volume.source].filter((way) => way !== undefined);
  return ways.length === 1 ? null : "Only one of them should be set: 'host_path', 'image' and 'source'";
}

export function validateHealthCheck(task: TaskInfo): string | null {
  const check = task.health_check;
  const error = check === undefined ? null : healthCheckError(check);
  return error === null ? null : `Task uses invalid health check: ${error}`;
}

function healthCheckError(check: HealthCheck): string | null {
  if (check.type === undefined) return "HealthCheck must specify 'type'";
  if (check.type === 'COMMAND' && check.command === undefined) {
    return "Expecting 'command' to be set for COMMAND health check";
  }
  if (check.type === 'HTTP' && check.http === undefined) {
    return "Expecting 'http' to be set for HTTP health check";
  }
  if (check.type === 'TCP' && check.tcp === undefined) {
    return "Expecting 'tcp' to be set for TCP health check";
  }
  if (check.type === 'UNKNOWN') return `'${check.type}' is not a valid health check type`;
  for (const [name, value] of [
    ['delay_seconds', check.delay_seconds],
    ['grace_period_seconds', check.grace_period_seconds],
    ['interval_seconds', check.interval_seconds],
    ['timeout_seconds', check.timeout_seconds],
  ] as const) {
    if ((value ?? 0) < 0) return `Expecting '${name}' to be non-negative`;
  }
  return null;
}
