import type { Right } from '@murmur/scheduler-api';
import type { AuthRules, AuthUser, RoleRight } from './auth-core.js';

export const USERS_MAX = 10_000;
/** A file that is wrong in more places than these is wrong as a whole. */
const FAULTS_MAX = 20;
const RIGHTS: readonly Right[] = ['read', 'write', 'admin'];
const NAME = /^[\w.@+-]{1,255}$/;
const ROLE = /^(\*|[\w\-.]{1,255})$/;
const SHA256 = /^[0-9a-f]{64}$/;
/** The costs are bounded, so that a log-in takes neither seconds nor all memory: N 2^10 to 2^17, r and p up to 16 and 4. */
export const SCRYPT = /^scrypt\$(\d{4,6})\$(\d{1,2})\$(\d)\$[\w-]{16,64}\$[\w-]{22,128}$/;

export type ParsedRules =
  | { readonly ok: true; readonly rules: AuthRules }
  | { readonly ok: false; readonly faults: readonly string[] };

/** Reads the auth file's JSON. Each fault names the field, its value and what is allowed; values of secrets are not shown. */
export function parseAuthFile(json: unknown): ParsedRules {
  const faults = new Faults();
  const file = faults.object('the file', json, ['users', 'anonymous'], ['users']);
  const users = faults
    .list('users', file['users'], USERS_MAX)
    .map((user, i) => readUser(`users[${i}]`, user, faults));
  const anonymous = faults.list('anonymous', file['anonymous'] ?? [], RIGHTS.length);
  for (const [i, right] of anonymous.entries())
    if (right !== 'read') faults.add(`anonymous[${i}]`, right, '"read"; with --insecure everything is open');
  for (const [field, of] of Object.entries(UNIQUE)) {
    const seen = new Set<string>();
    for (const [i, user] of users.entries()) {
      const value = of(user);
      if (value !== null && seen.has(value))
        faults.text(`users[${i}].${field}`, 'is there twice; it must be unique');
      if (value !== null) seen.add(value);
    }
  }
  if (faults.lines.length > 0) return { ok: false, faults: faults.lines };
  return { ok: true, rules: { mode: 'file', users, anonymousRead: anonymous.includes('read') } };
}

const UNIQUE: Readonly<Record<string, (user: AuthUser) => string | null>> = {
  name: (user) => user.name,
  token_sha256: (user) => user.tokenSha256,
};

function readUser(where: string, json: unknown, faults: Faults): AuthUser {
  const user = faults.object(
    where,
    json,
    ['name', 'token_sha256', 'password_scrypt', 'rights'],
    ['name', 'rights'],
  );
  const { name, token_sha256: token, password_scrypt: password } = user;
  const named =
    faults.pattern(`${where}.name`, name, NAME, 'a name of 1 to 255 letters, digits and _ . @ + -') ?? '';
  const tokenSha256 =
    token === undefined
      ? null
      : faults.secret(
          `${where}.token_sha256`,
          token,
          (text) => SHA256.test(text),
          'the SHA-256 of a token, 64 digits of 0-9a-f',
        );
  const passwordScrypt =
    password === undefined
      ? null
      : faults.secret(
          `${where}.password_scrypt`,
          password,
          isScrypt,
          'what `murmur-scheduler hash-password` prints',
        );
  if (token === undefined && password === undefined)
    faults.text(where, 'has neither token_sha256 nor password_scrypt');
  const rights = faults
    .list(`${where}.rights`, user['rights'], USERS_MAX)
    .map((right, i) => readRight(`${where}.rights[${i}]`, right, faults));
  return { name: named, tokenSha256, passwordScrypt, rights };
}

function readRight(where: string, json: unknown, faults: Faults): RoleRight {
  const right = faults.object(where, json, ['role', 'allow'], ['role', 'allow']);
  const role = faults.pattern(`${where}.role`, right['role'], ROLE, 'a role, or "*" for all') ?? '';
  const allow = new Set<Right>();
  for (const [i, word] of faults.list(`${where}.allow`, right['allow'], RIGHTS.length).entries()) {
    const known = RIGHTS.find((each) => each === word);
    if (known === undefined) faults.add(`${where}.allow[${i}]`, word, `one of ${RIGHTS.join(', ')}`);
    else allow.add(known);
  }
  if (allow.has('admin') && role !== '*')
    faults.text(`${where}.allow`, 'has "admin", which needs the role "*"');
  return { role, allow };
}

function isScrypt(text: string): boolean {
  const [, N, r, p] = SCRYPT.exec(text)?.map(Number) ?? [];
  if (N === undefined || r === undefined || p === undefined) return false;
  const power = Math.log2(N);
  return Number.isInteger(power) && power >= 10 && power <= 17 && r >= 1 && r <= 16 && p >= 1 && p <= 4;
}

/** Gathers what is wrong; what cannot be read is given as something empty. */
class Faults {
  readonly lines: string[] = [];

  text(where: string, what: string): void {
    if (this.lines.length < FAULTS_MAX) this.lines.push(`${where} ${what}`);
  }

  add(where: string, value: unknown, allowed: string): void {
    const shown = value === undefined ? 'is missing; it must be' : `is ${show(value)}, which is not`;
    this.text(where, `${shown} ${allowed}`);
  }

  object(
    where: string,
    value: unknown,
    known: readonly string[],
    required: readonly string[],
  ): Readonly<Record<string, unknown>> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      this.add(where, value, 'an object');
      return {};
    }
    for (const name of Object.keys(value))
      if (!known.includes(name))
        this.text(where, `has the unknown field ${JSON.stringify(name)}; known are ${known.join(', ')}`);
    for (const name of required)
      if (!Object.hasOwn(value, name)) this.text(where, `lacks the field ${JSON.stringify(name)}`);
    return value as Readonly<Record<string, unknown>>;
  }

  list(where: string, value: unknown, max: number): readonly unknown[] {
    if (value === undefined) return [];
    if (Array.isArray(value) && value.length <= max) return value;
    this.add(where, value, `a list of at most ${max}`);
    return [];
  }

  pattern(where: string, value: unknown, pattern: RegExp, allowed: string): string | null {
    if (typeof value === 'string' && pattern.test(value)) return value;
    if (value !== undefined) this.add(where, value, allowed);
    return null;
  }

  secret(where: string, value: unknown, fits: (text: string) => boolean, allowed: string): string | null {
    if (typeof value === 'string' && fits(value)) return value;
    this.text(where, `is not ${allowed}`);
    return null;
  }
}

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
