import { hashPassword, sha256Hex } from './secrets.js';

/** What a subcommand has of its process. */
export interface CommandIo {
  readonly stdin: AsyncIterable<Uint8Array | string>;
  readonly stdout: { write(text: string): unknown };
  readonly stderr: { write(text: string): unknown };
}

const SECRET_BYTES_MAX = 4096;
/** A token that is shorter can be guessed; its hash is a fast one. */
const TOKEN_CHARS_MIN = 20;
const USAGE =
  'usage: murmur-scheduler hash-password [--token] < file\n' +
  'Prints the password_scrypt of the password on stdin; with --token the token_sha256 of the token.\n';

/**
 * `murmur-scheduler hash-password [--token]`: reads a password or a token from stdin (one line; its end does not count), prints what goes
 * into the auth file. Resolves with the exit code: 0, 1 for a secret that cannot be used, 2 for wrong arguments.
 */
export async function hashCommand(argv: readonly string[], io: CommandIo): Promise<number> {
  if (argv.includes('--help')) {
    io.stdout.write(USAGE);
    return 0;
  }
  const token = argv.length === 1 && argv[0] === '--token';
  if (argv.length > 0 && !token) {
    io.stderr.write(`hash-password: ${JSON.stringify(argv.join(' '))} is not understood\n${USAGE}`);
    return 2;
  }
  const secret = await readSecret(io.stdin);
  const problem = problemOf(secret, token);
  if (secret === null || problem !== null) {
    io.stderr.write(`hash-password: ${problem ?? ''}\n`);
    return 1;
  }
  io.stdout.write(`${token ? sha256Hex(secret) : await hashPassword(secret)}\n`);
  return 0;
}

function problemOf(secret: string | null, token: boolean): string | null {
  if (secret === null) return `more than ${SECRET_BYTES_MAX} bytes on stdin`;
  if (secret === '') return 'nothing on stdin';
  if (/[\r\n]/.test(secret)) return 'more than one line on stdin';
  if (!token) return null;
  if (secret.length < TOKEN_CHARS_MIN)
    return `a token of ${secret.length} characters; at least ${TOKEN_CHARS_MIN} are needed`;
  return /^[\w\-.~+/=]+$/.test(secret) ? null : 'a token may have letters, digits and - . _ ~ + / = only';
}

async function readSecret(stdin: CommandIo['stdin']): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > SECRET_BYTES_MAX) return null;
    chunks.push(part);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/\r?\n$/, '');
}
