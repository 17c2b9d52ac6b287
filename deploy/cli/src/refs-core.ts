import { CliError } from './exit-core.js';

/** What `{{mesos.*}}` and `{{thermos.*}}` stand for in a command. */
export interface RefScope {
  readonly instance: number;
  readonly hostname: string;
  readonly taskId: string;
  readonly ports: Readonly<Record<string, number>>;
}

const REF = /\{\{\s*((?:mesos|thermos)\.[^{}]*?)\s*\}\}/g;
const PORT = /^thermos\.ports\[([\w.-]+)\]$/;

/** Fills in the refs of a command. Throws CliError INVALID_PARAMETER for one that has no value; other braces stay. */
export function expandRefs(command: string, scope: RefScope): string {
  return command.replaceAll(REF, (whole, ref: string) => {
    const value = valueOf(ref, scope);
    if (value !== undefined) return String(value);
    const names = Object.keys(scope.ports).map((name) => `thermos.ports[${name}]`);
    const known = ['mesos.instance', 'mesos.hostname', 'thermos.task_id', ...names].join(', ');
    throw new CliError(
      'INVALID_PARAMETER',
      `${whole} has no value in instance ${scope.instance}; there are ${known}`,
    );
  });
}

function valueOf(ref: string, scope: RefScope): number | string | undefined {
  if (ref === 'mesos.instance') return scope.instance;
  if (ref === 'mesos.hostname') return scope.hostname;
  if (ref === 'thermos.task_id') return scope.taskId;
  const name = PORT.exec(ref)?.[1];
  return name !== undefined && Object.hasOwn(scope.ports, name) ? scope.ports[name] : undefined;
}

/** `8080:http`. Throws CliError INVALID_PARAMETER. */
export function readTunnel(
  text: string,
  scope: RefScope,
): { readonly local: number; readonly remote: number } {
  const [, port = '', name = ''] = /^(\d{1,5}):(.+)$/.exec(text) ?? [];
  const remote = Object.hasOwn(scope.ports, name) ? scope.ports[name] : undefined;
  if (port === '' || Number(port) > 65_535)
    throw new CliError('INVALID_PARAMETER', `-L is "${text}", allowed is PORT:NAME`);
  if (remote !== undefined) return { local: Number(port), remote };
  const names = Object.keys(scope.ports).join(', ') || 'none';
  throw new CliError('INVALID_PARAMETER', `-L is "${text}": the task has no port "${name}" (${names})`);
}

/** For a shell, as one word. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
