import { DEFAULT_SCOPES, invalidField, parseScopes, type FieldReader } from '@murmur/public-api';

/** The code is shown on a page, for clients that cannot be redirected to. */
export const OOB = 'urn:ietf:wg:oauth:2.0:oob';

const NAME_CHARACTERS_MAX = 200;
const URI_CHARACTERS_MAX = 2000;
const REDIRECT_URIS_MAX = 10;
/** Schemes that run or show something of the sender's in the browser instead of going to an app. */
const BAD_SCHEMES: ReadonlySet<string> = new Set([
  'javascript:',
  'data:',
  'vbscript:',
  'file:',
  'about:',
  'blob:',
  'view-source:',
]);

export interface AppRequest {
  readonly name: string;
  readonly redirectUris: readonly string[];
  readonly scopes: string;
  readonly website: string | null;
}

/** Throws 422, naming field, value and what is allowed. */
export function readAppRequest(fields: FieldReader): AppRequest {
  return {
    name: fields.required('client_name', { charactersMax: NAME_CHARACTERS_MAX }),
    redirectUris: redirectUris(fields),
    scopes: scopes(fields),
    website: website(fields),
  };
}

/** One URI, several on lines of their own, or a list. */
function redirectUris(fields: FieldReader): string[] {
  const uris = [...new Set(fields.list('redirect_uris').flatMap((item) => item.split(/\s+/)))].filter(
    (uri) => uri !== '',
  );
  if (uris.length === 0) throw invalidField('redirect_uris', 'ERR_BLANK', "can't be blank");
  if (uris.length > REDIRECT_URIS_MAX)
    throw invalidField(
      'redirect_uris',
      'ERR_TOO_LONG',
      `has ${uris.length} URIs, allowed are ${REDIRECT_URIS_MAX}`,
    );
  for (const uri of uris)
    if (!isRedirectUri(uri))
      throw invalidField(
        'redirect_uris',
        'ERR_INVALID',
        `has ${JSON.stringify(uri.slice(0, 80))}, allowed are absolute URIs that lead to an app (not javascript:, data: and the like), without a fragment, of at most ${URI_CHARACTERS_MAX} characters, and ${OOB}`,
      );
  return uris;
}

export function isRedirectUri(uri: string): boolean {
  if (uri === OOB) return true;
  if (
    uri.length > URI_CHARACTERS_MAX ||
    !/^[\x21-\x7e]+$/.test(uri) ||
    uri.includes('#') ||
    !URL.canParse(uri)
  )
    return false;
  return !BAD_SCHEMES.has(new URL(uri).protocol);
}

function scopes(fields: FieldReader): string {
  const asked = fields.string('scopes', { charactersMax: 1000 });
  const names = parseScopes(asked === null || asked.trim() === '' ? DEFAULT_SCOPES : asked);
  if (names === null)
    throw invalidField(
      'scopes',
      'ERR_INVALID',
      `is ${JSON.stringify(asked?.slice(0, 80))}, allowed are read, write, follow, push, profile and their parts`,
    );
  return names.join(' ');
}

function website(fields: FieldReader): string | null {
  const raw = fields.string('website', { charactersMax: URI_CHARACTERS_MAX });
  if (raw === null || raw === '') return null;
  if (!/^https?:\/\//i.test(raw) || !URL.canParse(raw))
    throw invalidField(
      'website',
      'ERR_INVALID',
      `is ${JSON.stringify(raw.slice(0, 80))}, allowed is an http or https URL`,
    );
  return raw;
}
