/** The auth file, its errors, hashes, and how failures slow down. */
import { mkdtempSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '@murmur/service';
import { readAuthorization, type AuthRules } from '../../src/http/auth-core.js';
import { openAuth } from '../../src/http/auth-file.js';
import { parseAuthFile, USERS_MAX } from '../../src/http/auth-parse-core.js';
import { createAuthenticator, WAITING_MAX, WAITING_PER_ADDRESS_MAX } from '../../src/http/auth.js';
import { hashCommand } from '../../src/http/hash-command.js';
import { hashPassword, sha256Hex, verifyPassword } from '../../src/http/secrets.js';
import {
  ADDRESSES_MAX,
  DELAY_FIRST_MS,
  DELAY_MAX_MS,
  FAILURES_FREE,
  FAILURES_KEPT_MS,
  Throttle,
} from '../../src/http/throttle-core.js';

const HASH = sha256Hex('a token');
const user = (more: Record<string, unknown> = {}) => ({
  name: 'ann',
  token_sha256: HASH,
  rights: [],
  ...more,
});
const faults = (json: unknown): readonly string[] => {
  const parsed = parseAuthFile(json);
  return parsed.ok ? [] : parsed.faults;
};

describe('an auth file', () => {
  it('gives users, rights and what anonymous may', () => {
    const rights = [
      { role: 'www', allow: ['write'] },
      { role: '*', allow: ['read', 'admin'] },
    ];
    expect(parseAuthFile({ users: [user({ rights })], anonymous: ['read'] })).toEqual({
      ok: true,
      rules: {
        mode: 'file',
        anonymousRead: true,
        users: [
          {
            name: 'ann',
            tokenSha256: HASH,
            passwordScrypt: null,
            rights: [
              { role: 'www', allow: new Set(['write']) },
              { role: '*', allow: new Set(['read', 'admin']) },
            ],
          },
        ],
      },
    });
    expect(parseAuthFile({ users: [] })).toMatchObject({ rules: { anonymousRead: false } });
  });

  it.each<[unknown, string]>([
    [[], 'the file is a list, which is not an object'],
    [{}, 'the file lacks the field "users"'],
    [{ users: {} }, 'users is an object, which is not a list of at most 10000'],
    [{ users: Array(USERS_MAX + 1).fill(user()) }, 'users is a list, which is not a list of at most 10000'],
    [
      { users: [], anonymous: ['write'] },
      'anonymous[0] is "write", which is not "read"; with --insecure everything is open',
    ],
    [{ users: [], roles: [] }, 'the file has the unknown field "roles"; known are users, anonymous'],
    [{ users: [{ token_sha256: HASH, rights: [] }] }, 'users[0] lacks the field "name"'],
    [{ users: [user({ name: 'a:b' })] }, 'users[0].name is "a:b", which is not a name of'],
    [{ users: [user({ token_sha256: 'secret' })] }, 'users[0].token_sha256 is not the SHA-256 of a token'],
    [
      { users: [user({ password_scrypt: 'secret' })] },
      'users[0].password_scrypt is not what `murmur-scheduler hash-password` prints',
    ],
    [{ users: [{ name: 'ann', rights: [] }] }, 'users[0] has neither token_sha256 nor password_scrypt'],
    [{ users: [user(), user({ token_sha256: sha256Hex('b') })] }, 'users[1].name is there twice'],
    [{ users: [user(), user({ name: 'bob' })] }, 'users[1].token_sha256 is there twice'],
    [
      { users: [user({ rights: [{ role: 'a b', allow: [] }] })] },
      'users[0].rights[0].role is "a b", which is not a role',
    ],
    [{ users: [user({ rights: [{ role: 'www' }] })] }, 'users[0].rights[0] lacks the field "allow"'],
    [
      { users: [user({ rights: [{ role: 'www', allow: ['wirte'] }] })] },
      'users[0].rights[0].allow[0] is "wirte", which is not one of read, write, admin',
    ],
    [
      { users: [user({ rights: [{ role: 'www', allow: ['admin'] }] })] },
      'users[0].rights[0].allow has "admin", which needs the role "*"',
    ],
  ])('%j is refused', (json, fault) => {
    expect(faults(json)).toEqual([expect.stringContaining(fault)]);
  });

  it('never shows what is secret, and not more than so many faults', () => {
    const wrong = Array.from({ length: 50 }, () =>
      user({ token_sha256: 'my-secret', password_scrypt: 'other-secret' }),
    );
    expect(faults({ users: wrong }).join()).not.toContain('secret');
    expect(faults({ users: wrong })).toHaveLength(20);
  });

  it.each(['scrypt$1000$8$1', 'scrypt$262144$8$1', 'scrypt$16384$17$1', 'scrypt$16384$8$9'])(
    'does not take the costs of %s',
    (head) => {
      const hash = `${head}$${'a'.repeat(22)}$${'b'.repeat(43)}`;
      expect(faults({ users: [user({ password_scrypt: hash })] })).toHaveLength(1);
    },
  );
});

describe('an auth file that is followed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'murmur-auth-'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });
  const names = (rules: AuthRules): string[] => rules.users.map(({ name }) => name);
  const open = (file: string, log = silentLog()) =>
    openAuth({ file, insecure: false, log, pollMs: 3_600_000 });

  it('is read again when it changes; a broken one leaves the old rules and is logged', async () => {
    const file = join(folder, 'auth.json');
    const said: string[] = [];
    const log = { ...silentLog(), error: (fields: object) => void said.push(JSON.stringify(fields)) };
    writeFileSync(file, JSON.stringify({ users: [user()] }));
    const auth = await open(file, log);
    expect(names(auth.rules())).toEqual(['ann']);
    writeFileSync(file, JSON.stringify({ users: [user({ name: 'bob' })] }));
    await auth.reload();
    expect(names(auth.rules())).toEqual(['bob']);
    writeFileSync(file, '{"users": [{"name": "my-secret"');
    await auth.reload();
    rmSync(file);
    await auth.reload();
    expect(names(auth.rules())).toEqual(['bob']);
    expect(said).toEqual([expect.stringContaining('is not JSON'), expect.stringContaining('ENOENT')]);
    expect(said.join()).not.toContain('my-secret');
    auth.close();
  });

  it('must be usable at the start', async () => {
    const file = join(folder, 'auth.json');
    await expect(open(file)).rejects.toThrow('ENOENT');
    writeFileSync(file, '{"users": 3}');
    await expect(open(file)).rejects.toThrow(`the auth file ${file}: users is 3, which is not a list`);
    await expect(openAuth({ file, insecure: true, log: silentLog() })).rejects.toThrow('exclude each other');
  });

  it('that others can read is warned of', async () => {
    const file = join(folder, 'auth.json');
    const said: string[] = [];
    const log = { ...silentLog(), warn: (_fields: object, text: string) => void said.push(text) };
    writeFileSync(file, JSON.stringify({ users: [] }));
    chmodSync(file, 0o644);
    (await open(file, log)).close();
    chmodSync(file, 0o600);
    (await open(file, log)).close();
    expect(said).toEqual(['auth: others than its owner can get at the file']);
  });

  it('is not needed: without one writes are refused, or everything is open', async () => {
    const closed = await openAuth({ file: null, insecure: false, log: silentLog() });
    const open = await openAuth({ file: null, insecure: true, log: silentLog() });
    expect([closed.rules().mode, open.rules().mode]).toEqual(['closed', 'insecure']);
  });
});

describe('an Authorization header', () => {
  it.each<[string | undefined, unknown]>([
    [undefined, { kind: 'none' }],
    ['Bearer abc.d-e', { kind: 'token', token: 'abc.d-e' }],
    ['bearer  x', { kind: 'token', token: 'x' }],
    [
      `Basic ${Buffer.from('ann:a:b').toString('base64')}`,
      { kind: 'password', user: 'ann', password: 'a:b' },
    ],
    [`Basic ${Buffer.from('ann').toString('base64')}`, { kind: 'unreadable' }],
    ['Bearer', { kind: 'unreadable' }],
    ['Bearer a b', { kind: 'unreadable' }],
    ['Digest x', { kind: 'unreadable' }],
    ['', { kind: 'unreadable' }],
    [`Bearer ${'x'.repeat(5000)}`, { kind: 'unreadable' }],
  ])('%s is read', (header, presented) => {
    expect(readAuthorization(header)).toEqual(presented);
  });
});

describe('failures', () => {
  it('cost nothing at first, then twice as much each time, up to a bound', () => {
    const throttle = new Throttle();
    const delays = Array.from({ length: FAILURES_FREE + 8 }, (_, i) => {
      throttle.failed('a', i);
      return throttle.delayMs('a', i);
    });
    expect(delays.slice(0, FAILURES_FREE)).toEqual(Array(FAILURES_FREE).fill(0));
    expect(delays.slice(FAILURES_FREE, FAILURES_FREE + 3)).toEqual(
      [1, 2, 4].map((by) => by * DELAY_FIRST_MS),
    );
    expect(delays.at(-1)).toBe(DELAY_MAX_MS);
    expect(throttle.delayMs('b', 0)).toBe(0);
    throttle.succeeded('a');
    expect(throttle.delayMs('a', 100)).toBe(0);
  });

  it('are forgotten after a while', () => {
    const throttle = new Throttle();
    for (let i = 0; i < 20; i++) throttle.failed('a', 0);
    expect(throttle.delayMs('a', FAILURES_KEPT_MS)).toBe(DELAY_MAX_MS);
    expect(throttle.delayMs('a', FAILURES_KEPT_MS + 1)).toBe(0);
    throttle.failed('a', FAILURES_KEPT_MS + 1);
    expect(throttle.delayMs('a', FAILURES_KEPT_MS + 1)).toBe(0);
  });

  it('are kept of so many addresses', () => {
    const throttle = new Throttle();
    for (let i = 0; i < ADDRESSES_MAX + 5; i++) throttle.failed(`10.0.0.${i}`, i);
    expect(throttle.size).toBe(ADDRESSES_MAX);
  });
});

describe('passwords', () => {
  it('fit their hash and no other', async () => {
    const hash = await hashPassword('correct horse');
    expect(faults({ users: [user({ password_scrypt: hash })] })).toEqual([]);
    expect(await verifyPassword('correct horse', hash)).toBe(true);
    expect(await verifyPassword('wrong horse', hash)).toBe(false);
    expect(await verifyPassword('correct horse', null)).toBe(false);
    expect(await hashPassword('correct horse')).not.toBe(hash);
  });

  it('that were right are known for a while, under the rules of now', async () => {
    const hash = await hashPassword('pw');
    const parsed = parseAuthFile({ users: [{ name: 'ann', password_scrypt: hash, rights: [] }] });
    if (!parsed.ok) throw new Error(parsed.faults.join());
    let { rules } = parsed;
    let failures = 0;
    const auth = { rules: () => rules, reload: () => Promise.resolve(), close: () => undefined };
    const authenticator = createAuthenticator(
      auth,
      () => 0,
      () => failures++,
    );
    const header = `Basic ${Buffer.from('ann:pw').toString('base64')}`;
    const kinds = async () => (await authenticator.identify(header, 'a')).kind;
    expect([await kinds(), await kinds()]).toEqual(['user', 'user']);
    rules = { ...rules, users: [] };
    expect([await kinds(), failures]).toEqual(['wrong', 1]);
  });
});

describe('log-ins at once', () => {
  it('are so many of one address, and so many of all', async () => {
    const parsed = parseAuthFile({ users: [user()] });
    if (!parsed.ok) throw new Error(parsed.faults.join());
    const { rules } = parsed;
    const auth = { rules: () => rules, reload: () => Promise.resolve(), close: () => undefined };
    const authenticator = createAuthenticator(
      auth,
      () => 0,
      () => undefined,
    );
    const tries = Array.from({ length: 9 * WAITING_PER_ADDRESS_MAX + 1 }, (_, i) => {
      const address = `10.0.0.${Math.floor(i / (WAITING_PER_ADDRESS_MAX + 1))}`;
      return authenticator.identify('Bearer a', address).then(
        () => 'judged',
        (error: unknown) => String(error),
      );
    });
    const results = await Promise.all(tries);
    expect(results.filter((result) => result === 'judged')).toHaveLength(WAITING_MAX);
    expect(results[WAITING_PER_ADDRESS_MAX]).toContain('too many log-ins at once');
    expect((await authenticator.identify('Bearer a token', '10.0.0.99')).kind).toBe('wrong');
    expect((await authenticator.identify('Bearer a-token', '10.0.0.99')).kind).toBe('wrong');
  });
});

describe('hash-password', () => {
  async function run(argv: readonly string[], ...input: readonly string[]) {
    const out = { stdout: '', stderr: '' };
    const code = await hashCommand(argv, {
      stdin: (async function* () {
        for (const text of input) yield Buffer.from(text);
      })(),
      stdout: { write: (text) => (out.stdout += text) },
      stderr: { write: (text) => (out.stderr += text) },
    });
    return { code, ...out };
  }

  it('prints what goes into the file', async () => {
    const { code, stdout } = await run([], 'correct ', 'horse\n');
    expect([code, await verifyPassword('correct horse', stdout.trim())]).toEqual([0, true]);
    const token = 'a-token-that-is-long-enough';
    expect(await run(['--token'], token)).toEqual({ code: 0, stdout: `${sha256Hex(token)}\n`, stderr: '' });
    expect((await run(['--help'])).stdout).toContain('usage:');
  });

  it.each<[readonly string[], string, number, string]>([
    [[], '', 1, 'nothing on stdin'],
    [[], 'a\nb\n', 1, 'more than one line'],
    [[], 'x'.repeat(5000), 1, 'more than 4096 bytes'],
    [['--token'], 'short', 1, 'at least 20'],
    [['--token'], 'with a space in its middle', 1, 'a token may have'],
    [['--tokne'], 'x', 2, '"--tokne" is not understood'],
  ])('with %j refuses %s', async (argv, input, code, text) => {
    const result = await run(argv, input);
    expect([result.code, result.stdout, result.stderr]).toEqual([code, '', expect.stringContaining(text)]);
  });
});
