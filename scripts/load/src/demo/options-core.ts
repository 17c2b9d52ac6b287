/** The flags of `scripts/demo`. */

export interface DemoOptions {
  readonly accounts: number;
  /** Posts per second. */
  readonly rate: number;
  readonly seconds: number;
  /** Origin, without a path. */
  readonly url: string;
}

export type ParsedOptions =
  | { readonly kind: 'options'; readonly options: DemoOptions }
  | { readonly kind: 'help'; readonly text: string }
  | { readonly kind: 'bad'; readonly message: string };

const NUMBERS = {
  accounts: { min: 2, max: 20_000, default: 1_000, help: 'accounts to register' },
  rate: { min: 1, max: 2_000, default: 50, help: 'posts per second' },
  seconds: { min: 1, max: 3_600, default: 60, help: 'how long to post' },
} as const;
const DEFAULT_URL = 'http://127.0.0.1:8080';

/** Requests that one token may send in 300 s (edge-api.md, section 4), less what following and checking take. */
export const POSTS_PER_ACCOUNT_MAX = 200;
const WINDOW_SECONDS = 300;

type NumberFlag = keyof typeof NUMBERS;
const isNumberFlag = (name: string): name is NumberFlag => Object.hasOwn(NUMBERS, name);

/** `--flag value` or `--flag=value`; the last one wins. Never throws. */
export function parseDemoOptions(argv: readonly string[]): ParsedOptions {
  const numbers = {
    accounts: NUMBERS.accounts.default,
    rate: NUMBERS.rate.default,
    seconds: NUMBERS.seconds.default,
  } as Record<NumberFlag, number>;
  let url = DEFAULT_URL;
  const rest = argv.flatMap((word) => {
    const at = word.indexOf('=');
    return word.startsWith('--') && at > 0 ? [word.slice(0, at), word.slice(at + 1)] : [word];
  });
  for (let i = 0; i < rest.length; i += 2) {
    const flag = rest[i] ?? '';
    const value = rest[i + 1];
    if (flag === '--help' || flag === '-h') return { kind: 'help', text: usage() };
    const name = flag.startsWith('--') ? flag.slice(2) : '';
    if (name !== 'url' && !isNumberFlag(name))
      return bad(`${flag}: unknown, allowed are --accounts, --rate, --seconds, --url and --help`);
    if (value === undefined) return bad(`${flag}: a value is missing, allowed is ${allowed(name)}`);
    if (name === 'url') {
      const origin = originOf(value);
      if (origin === null)
        return bad(`--url: ${JSON.stringify(value)} is no origin, allowed is ${allowed(name)}`);
      url = origin;
    } else {
      const { min, max } = NUMBERS[name];
      const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (!(number >= min && number <= max))
        return bad(`${flag}: ${JSON.stringify(value)} is not ${allowed(name)}`);
      numbers[name] = number;
    }
  }
  return withinLimits({ ...numbers, url });
}

/** Refuses a rate that the server's own rate limit would refuse. */
function withinLimits(options: DemoOptions): ParsedOptions {
  const { accounts, rate, seconds } = options;
  const most = Math.floor((accounts * POSTS_PER_ACCOUNT_MAX) / Math.min(seconds, WINDOW_SECONDS));
  if (rate <= most) return { kind: 'options', options };
  return bad(
    `--rate: ${rate} is too much for --accounts ${accounts}, allowed is up to ${most}: ` +
      `an account may send 300 requests in ${WINDOW_SECONDS} s`,
  );
}

function originOf(text: string): string | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.pathname !== '/' || url.search !== '')
    return null;
  return url.origin;
}

function allowed(name: NumberFlag | 'url'): string {
  if (name === 'url') return `http://host:port (default ${DEFAULT_URL})`;
  const { min, max } = NUMBERS[name];
  return `a whole number from ${min} to ${max}`;
}

const bad = (message: string): ParsedOptions => ({ kind: 'bad', message });

function usage(): string {
  const numbers = Object.entries(NUMBERS).map(
    ([name, { min, max, help, default: standard }]) =>
      `  --${name} N`.padEnd(18) + `${help}, ${min} to ${max} (default ${standard})`,
  );
  return [
    'Usage: scripts/demo [--accounts N] [--rate N] [--seconds N] [--url ORIGIN]',
    'Real load through the public API of a running Murmur. Exits 1 if a status was lost or duplicated.',
    '',
    ...numbers,
    `${'  --url ORIGIN'.padEnd(18)}the public API (default ${DEFAULT_URL})`,
  ].join('\n');
}
