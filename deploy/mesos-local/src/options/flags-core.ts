import { DURATION_PATTERN } from '@murmur/engine';

/** What a duration may be, as errors say it. */
export const A_DURATION = 'a number with a unit (ns, us, ms, secs, mins, hrs, days, weeks), such as 15secs';

/** A flag that is a duration as Mesos writes them; `value` is the default. */
export function durationOption(value: string, help: string) {
  return {
    type: 'string',
    default: value,
    pattern: DURATION_PATTERN,
    allowed: A_DURATION,
    help: `${help}, such as 15secs`,
  } as const;
}

/**
 * Mesos takes `--agent_ping_timeout` and `--agent-ping-timeout`, `--flag` and `--no-flag` for booleans; the table of
 * options has one way of each. Values are left alone. `booleans` are names in camelCase.
 */
export function normaliseFlags(argv: readonly string[], booleans: readonly string[] = []): string[] {
  const negatable = new Set(booleans.map((name) => `--no-${kebab(name)}`));
  return argv.map((argument) => {
    const match = /^(--[A-Za-z][A-Za-z0-9_-]*)(=.*)?$/s.exec(argument);
    if (match === null) return argument;
    const flag = (match[1] ?? '').replaceAll('_', '-');
    const value = match[2] ?? '';
    return value === '' && negatable.has(flag) ? `--${flag.slice('--no-'.length)}=false` : flag + value;
  });
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
}

/** `agentPingTimeout` → `agent_ping_timeout`, as `/flags` lists it. */
export function mesosName(name: string): string {
  return kebab(name).replaceAll('-', '_');
}
