import { Command, CommanderError, Option } from 'commander';
import type { OptionSpec, OptionTable, OptionValues } from './types.js';

/** A flag or variable that cannot be used; the message names it, its value and what is allowed. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

export type ParsedOptions<T extends OptionTable> =
  | { readonly kind: 'run'; readonly values: OptionValues<T> }
  /** `--help` or `--print-config`: print the text and exit 0. */
  | { readonly kind: 'print'; readonly text: string };

/** Only here to give a table its exact type. */
export function defineOptions<const T extends OptionTable>(table: T): T {
  return table;
}

export const commonOptions = defineOptions({
  host: { type: 'string', default: '127.0.0.1', help: 'address to listen on' },
  port: { type: 'integer', default: 0, min: 0, max: 65535, help: 'HTTP port; 0 takes a free one' },
  instance: {
    type: 'string',
    default: '0',
    pattern: /^[A-Za-z0-9_-]{1,64}$/,
    allowed: '1 to 64 letters, digits, _ and -',
    help: 'name of this instance within its job',
  },
  logLevel: {
    type: 'string',
    default: 'info',
    choices: ['debug', 'info', 'warn', 'error'],
    help: 'least level logged',
  },
  graceMs: {
    type: 'integer',
    default: 5000,
    min: 0,
    max: 600_000,
    unit: 'ms',
    help: 'time to finish on SIGTERM',
  },
  clusterKey: {
    type: 'string',
    default: null,
    secret: true,
    pattern: /^.{16,}$/,
    allowed: 'at least 16 characters',
    help: 'shared key of the services, at least 16 characters',
  },
});

/** Ports may be left out; a path at the end is the root of all others. */
const ZOOKEEPER = /^[^\s,:/]+(:\d{1,5})?(,[^\s,:/]+(:\d{1,5})?)*(\/\S*)?$/;

export const clusterOptions = defineOptions({
  zk: {
    type: 'string',
    default: '127.0.0.1:2181',
    pattern: ZOOKEEPER,
    allowed: 'host:port[,host:port...]',
    help: 'ZooKeeper, host:port[,host:port...]',
  },
  clusterPath: {
    type: 'string',
    default: '/aurora/murmur/prod',
    pattern: /^(\/[A-Za-z0-9_.-]+)+$/,
    allowed: 'a path such as /aurora/murmur/prod: letters, digits, _ . - between slashes, none at the end',
    help: 'folder of the ServerSets in ZooKeeper',
  },
  sessionTimeoutMs: {
    type: 'integer',
    default: 30_000,
    min: 1000,
    max: 600_000,
    unit: 'ms',
    help: 'ZooKeeper session time-out; leases end this long after it was last heard',
  },
});

export const storeOptions = defineOptions({
  mysql: {
    type: 'string',
    default: null,
    secret: true,
    pattern: /^mysql:\/\/.+/,
    allowed: 'mysql://user:password@host:port/database',
    help: 'mysql://user:password@host:port/database',
  },
});

/** `httpPort` -> `http-port`. */
const kebab = (name: string): string => name.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);

export function flagOf(name: string): string {
  return `--${kebab(name)}`;
}

export function variableOf(name: string): string {
  return `MURMUR_${kebab(name).replaceAll('-', '_').toUpperCase()}`;
}

function optionOf(name: string, spec: OptionSpec): Option {
  const fallback = spec.default === null ? 'required' : `default ${JSON.stringify(spec.default)}`;
  const argument = spec.type === 'boolean' ? '[true|false]' : '<value>';
  return new Option(
    `${flagOf(name)} ${argument}`,
    `${spec.help}${limitsOf(spec)}; ${fallback}; ${variableOf(name)}`,
  );
}

/** What `--help` says of the values that are allowed, beside the help itself. */
function limitsOf(spec: OptionSpec): string {
  if (spec.type === 'integer') return ` (${spec.unit ?? 'number'}, ${spec.min}-${spec.max})`;
  return spec.type === 'string' && spec.choices !== undefined ? ` (${spec.choices.join(', ')})` : '';
}

function readValue(spec: OptionSpec, raw: string, from: string): string | number | boolean {
  const refuse = (allowed: string): never => {
    const shown = spec.type === 'string' && spec.secret === true ? 'the value given' : JSON.stringify(raw);
    throw new OptionError(`${from}: ${shown} is not allowed; allowed is ${allowed}`);
  };
  switch (spec.type) {
    case 'integer': {
      const value = Number(raw);
      const fits = /^-?\d+$/.test(raw) && value >= spec.min && value <= spec.max;
      return fits ? value : refuse(`a whole number from ${spec.min} to ${spec.max}`);
    }
    case 'boolean':
      return raw === 'true' || raw === 'false' ? raw === 'true' : refuse('true or false');
    case 'string':
      if (spec.choices !== undefined)
        return spec.choices.includes(raw) ? raw : refuse(spec.choices.join(', '));
      return spec.pattern === undefined || spec.pattern.test(raw) ? raw : refuse(spec.allowed);
  }
}

/**
 * Flags win over `MURMUR_*` variables, variables over defaults. Throws an OptionError on an unknown
 * flag, a bad value or a required option that is missing.
 */
export function parseOptions<const T extends OptionTable>(
  program: { readonly name: string; readonly summary: string },
  table: T,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): ParsedOptions<T> {
  let printed = '';
  const command = new Command(program.name)
    .description(program.summary)
    .exitOverride()
    .allowExcessArguments(false)
    .configureOutput({ writeOut: (text) => (printed += text), writeErr: () => undefined })
    .option('--print-config', 'print the resulting options as JSON and exit');
  for (const [name, spec] of Object.entries(table)) command.addOption(optionOf(name, spec));
  try {
    command.parse([...argv], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return { kind: 'print', text: printed };
    const [extra] = error.code === 'commander.excessArguments' ? command.args : [];
    if (extra !== undefined)
      throw new OptionError(`${JSON.stringify(extra)} is not allowed; allowed are flags only, see --help`);
    throw new OptionError(error.message.replace(/^error: /, ''));
  }
  const given = command.opts<Record<string, string | boolean | undefined>>();
  const values = resolve(table, given, env);
  return given['printConfig'] === true
    ? { kind: 'print', text: `${JSON.stringify(withoutSecrets(table, values), null, 2)}\n` }
    : { kind: 'run', values };
}

function resolve<T extends OptionTable>(
  table: T,
  given: Readonly<Record<string, string | boolean | undefined>>,
  env: Readonly<Record<string, string | undefined>>,
): OptionValues<T> {
  const values: Record<string, string | number | boolean> = {};
  for (const [name, spec] of Object.entries(table)) {
    const flag = given[name];
    const variable = env[variableOf(name)];
    if (flag !== undefined) values[name] = readValue(spec, String(flag), flagOf(name));
    else if (variable !== undefined) values[name] = readValue(spec, variable, variableOf(name));
    else if (spec.default !== null) values[name] = spec.default;
    else throw new OptionError(`${flagOf(name)} (or ${variableOf(name)}) is required: ${spec.help}`);
  }
  return values as OptionValues<T>;
}

function withoutSecrets(table: OptionTable, values: object): object {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => {
      const spec = table[name];
      return [name, spec?.type === 'string' && spec.secret === true ? '(secret)' : value];
    }),
  );
}
