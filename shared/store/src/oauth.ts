import type { Database } from './database.js';
import { StoreError } from './errors.js';
import {
  deleteCode,
  deleteCodesExpiredBefore,
  deleteToken,
  insertApp,
  insertCode,
  insertToken,
  lockCode,
  selectAppByClientId,
  selectAppById,
  selectToken,
} from './queries/oauth.js';
import { idAt, idOrNullAt, numberAt, textAt, textOrNullAt, type Row } from './rows.js';
import type { OauthApp, OauthCode, OauthToken, Store } from './types.js';

/** Codes that were never taken are swept this long after they expired, a few at each new code. */
export const CODE_KEEP_MS = 3_600_000;
const SWEEP_MAX = 50;

type OauthStore = Pick<
  Store,
  | 'createApp'
  | 'appByClientId'
  | 'appById'
  | 'createCode'
  | 'takeCode'
  | 'createToken'
  | 'tokenByHash'
  | 'revokeToken'
>;

export function oauthStore(db: Database): OauthStore {
  return {
    createApp: async (app) => {
      await db.change(insertApp(app));
    },
    appByClientId: async (clientId) => {
      const [row] = await db.rows(selectAppByClientId(clientId));
      return row === undefined ? null : appOf(row);
    },
    appById: async (id) => {
      const [row] = await db.rows(selectAppById(id));
      return row === undefined ? null : appOf(row);
    },
    createCode: async (code) => {
      await db.change(deleteCodesExpiredBefore(code.expiresAtMs - CODE_KEEP_MS, SWEEP_MAX));
      await db.change(insertCode(code));
    },
    takeCode: (codeSha256) =>
      db.transaction(async (session) => {
        const [row] = await session.rows(lockCode(codeSha256));
        if (row === undefined) return null;
        await session.change(deleteCode(codeSha256));
        return codeOf(row);
      }),
    createToken: async (token) => {
      await db.change(insertToken(token));
    },
    tokenByHash: async (tokenSha256) => {
      const [row] = await db.rows(selectToken(tokenSha256));
      return row === undefined ? null : tokenOf(row);
    },
    revokeToken: async (tokenSha256, appId) => (await db.change(deleteToken(tokenSha256, appId))) > 0,
  };
}

function appOf(row: Row): OauthApp {
  return {
    id: idAt(row, 'id'),
    clientId: textAt(row, 'client_id'),
    clientSecretSha256: textAt(row, 'client_secret_sha256'),
    name: textAt(row, 'name'),
    website: textOrNullAt(row, 'website'),
    redirectUris: listOf(textAt(row, 'redirect_uris')),
    scopes: textAt(row, 'scopes'),
    createdAtMs: numberAt(row, 'created_at_ms'),
  };
}

function listOf(json: string): string[] {
  const value: unknown = JSON.parse(json);
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new StoreError('ROW', 'column redirect_uris: not a list of strings');
}

function codeOf(row: Row): OauthCode {
  return {
    codeSha256: textAt(row, 'code_sha256'),
    appId: idAt(row, 'app_id'),
    accountId: idAt(row, 'account_id'),
    redirectUri: textAt(row, 'redirect_uri'),
    scopes: textAt(row, 'scopes'),
    codeChallenge: textOrNullAt(row, 'code_challenge'),
    expiresAtMs: numberAt(row, 'expires_at_ms'),
  };
}

function tokenOf(row: Row): OauthToken {
  return {
    tokenSha256: textAt(row, 'token_sha256'),
    appId: idAt(row, 'app_id'),
    accountId: idOrNullAt(row, 'account_id'),
    scopes: textAt(row, 'scopes'),
    createdAtMs: numberAt(row, 'created_at_ms'),
  };
}
