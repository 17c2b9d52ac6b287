import type { Id } from '@murmur/model';
import { withinMs } from '../bounded.js';
import { newSecret } from '../secrets.js';
import type { Tools } from '../tools.js';

export interface Grant {
  readonly appId: Id;
  /** Null for an app token. */
  readonly accountId: Id | null;
  readonly scopes: string;
  readonly createdAtMs: number;
}

/** Stores a new token's hash and returns the token, which nobody can read again. */
export async function grantToken(
  tools: Pick<Tools, 'store' | 'auth'>,
  grant: Grant,
): Promise<Grant & { readonly token: string }> {
  const { text, sha256 } = newSecret();
  const token = { ...grant, tokenSha256: sha256 };
  await tools.store.createToken(token);
  await withinMs(tools.auth.remember(token).then(() => true));
  return { ...grant, token: text };
}
