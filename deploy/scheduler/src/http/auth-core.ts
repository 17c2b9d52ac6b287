/** Who may do what: the rules of the auth file, and the judgement of one request. */

import type { Right } from '@murmur/scheduler-api';

export interface RoleRight {
  /** A role, or `*`: all. */
  readonly role: string;
  readonly allow: ReadonlySet<Right>;
}

export interface AuthUser {
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly tokenSha256: string | null;
  /** `scrypt$N$r$p$salt$hash`. */
  readonly passwordScrypt: string | null;
  readonly rights: readonly RoleRight[];
}

export interface AuthRules {
  /** `closed`: no file is given, reads are open and writes refused; `insecure`: everything is open. */
  readonly mode: 'file' | 'closed' | 'insecure';
  readonly users: readonly AuthUser[];
  /** Whether reading needs no credentials. */
  readonly anonymousRead: boolean;
}

export const CLOSED: AuthRules = { mode: 'closed', users: [], anonymousRead: true };
export const INSECURE: AuthRules = { mode: 'insecure', users: [], anonymousRead: true };
export const ANONYMOUS = 'anonymous';

export type Judgement =
  | { readonly ok: true; readonly actor: string }
  | { readonly ok: false; readonly code: 'unauthorized' | 'forbidden'; readonly message: string };

/** What credentials of a request turned out to be. */
export type Identity =
  { readonly kind: 'none' } | { readonly kind: 'wrong' } | { readonly kind: 'user'; readonly user: AuthUser };

/**
 * Whether a caller has a right. `role` null: in any role, as far as is known before the body is read. Who may write may read,
 * an administrator may both; reading is not divided by role.
 */
export function judge(rules: AuthRules, identity: Identity, right: Right, role: string | null): Judgement {
  if (rules.mode === 'insecure') return { ok: true, actor: ANONYMOUS };
  if (rules.mode === 'closed') {
    if (right === 'read') return { ok: true, actor: ANONYMOUS };
    const message = 'this scheduler takes no changes: it was started with neither --auth-file nor --insecure';
    return { ok: false, code: 'forbidden', message };
  }
  if (identity.kind === 'wrong')
    return { ok: false, code: 'unauthorized', message: 'the credentials are wrong' };
  if (identity.kind === 'none') {
    if (right === 'read' && rules.anonymousRead) return { ok: true, actor: ANONYMOUS };
    return { ok: false, code: 'unauthorized', message: `credentials are needed to ${WORDS[right]}` };
  }
  const { user } = identity;
  if (right === 'read' && rules.anonymousRead) return { ok: true, actor: user.name };
  if (user.rights.some((given) => covers(given, right, role))) return { ok: true, actor: user.name };
  const where = right === 'write' ? ` in ${role === null ? 'any role' : `the role ${role}`}` : '';
  return { ok: false, code: 'forbidden', message: `${user.name} may not ${WORDS[right]}${where}` };
}

const WORDS: Readonly<Record<Right, string>> = {
  read: 'read',
  write: 'change jobs',
  admin: 'administer this scheduler',
};

function covers({ role: of, allow }: RoleRight, right: Right, role: string | null): boolean {
  if (right === 'read') return allow.size > 0;
  if (right === 'admin') return allow.has('admin');
  return (allow.has('write') || allow.has('admin')) && (of === '*' || role === null || of === role);
}

export type Presented =
  | { readonly kind: 'none' }
  /** An Authorization header that is neither. */
  | { readonly kind: 'unreadable' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'password'; readonly user: string; readonly password: string };

/** Longer headers are not looked at. */
const HEADER_CHARS_MAX = 4096;

/** Reads an Authorization header: RFC 6750 (Bearer) and RFC 7617 (Basic, UTF-8). */
export function readAuthorization(header: string | undefined): Presented {
  if (header === undefined) return { kind: 'none' };
  const [, scheme = '', value = ''] =
    /^(\w+) +([\w\-.~+/=]+) *$/.exec(header.slice(0, HEADER_CHARS_MAX + 1)) ?? [];
  if (header.length > HEADER_CHARS_MAX) return { kind: 'unreadable' };
  if (/^bearer$/i.test(scheme)) return { kind: 'token', token: value };
  if (!/^basic$/i.test(scheme)) return { kind: 'unreadable' };
  const text = Buffer.from(value, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon < 0) return { kind: 'unreadable' };
  return { kind: 'password', user: text.slice(0, colon), password: text.slice(colon + 1) };
}
