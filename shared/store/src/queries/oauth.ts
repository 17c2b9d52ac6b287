import type { Id } from '@murmur/model';
import { query, type Query } from '../database.js';
import type { OauthApp, OauthCode, OauthToken } from '../types.js';

export function insertApp(app: OauthApp): Query {
  return query(
    `INSERT INTO oauth_apps (id, client_id, client_secret_sha256, name, website, redirect_uris, scopes, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    app.id,
    app.clientId,
    app.clientSecretSha256,
    app.name,
    app.website,
    JSON.stringify(app.redirectUris),
    app.scopes,
    app.createdAtMs,
  );
}

const APP_COLUMNS =
  'id, client_id, client_secret_sha256, name, website, redirect_uris, scopes, created_at_ms';

export function selectAppByClientId(clientId: string): Query {
  return query(`SELECT ${APP_COLUMNS} FROM oauth_apps WHERE client_id = ?`, clientId);
}

export function selectAppById(id: Id): Query {
  return query(`SELECT ${APP_COLUMNS} FROM oauth_apps WHERE id = ?`, id);
}

export function insertCode(code: OauthCode): Query {
  return query(
    `INSERT INTO oauth_codes (code_sha256, app_id, account_id, redirect_uri, scopes, code_challenge, expires_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    code.codeSha256,
    code.appId,
    code.accountId,
    code.redirectUri,
    code.scopes,
    code.codeChallenge,
    code.expiresAtMs,
  );
}

export function deleteCodesExpiredBefore(ms: number, limit: number): Query {
  return query('DELETE FROM oauth_codes WHERE expires_at_ms < ? ORDER BY expires_at_ms LIMIT ?', ms, limit);
}

export function lockCode(codeSha256: string): Query {
  return query(
    `SELECT code_sha256, app_id, account_id, redirect_uri, scopes, code_challenge, expires_at_ms
     FROM oauth_codes WHERE code_sha256 = ? FOR UPDATE`,
    codeSha256,
  );
}

export function deleteCode(codeSha256: string): Query {
  return query('DELETE FROM oauth_codes WHERE code_sha256 = ?', codeSha256);
}

export function insertToken(token: OauthToken): Query {
  return query(
    'INSERT INTO oauth_tokens (token_sha256, app_id, account_id, scopes, created_at_ms) VALUES (?, ?, ?, ?, ?)',
    token.tokenSha256,
    token.appId,
    token.accountId,
    token.scopes,
    token.createdAtMs,
  );
}

export function selectToken(tokenSha256: string): Query {
  return query(
    'SELECT token_sha256, app_id, account_id, scopes, created_at_ms FROM oauth_tokens WHERE token_sha256 = ?',
    tokenSha256,
  );
}

export function deleteToken(tokenSha256: string, appId: Id): Query {
  return query('DELETE FROM oauth_tokens WHERE token_sha256 = ? AND app_id = ?', tokenSha256, appId);
}
