/**
 * OAuth scopes of the Mastodon client API. A granular scope is `umbrella:part`; the umbrella grants all its
 * parts; `follow` is the old name of a few. Source: docs.joinmastodon.org/api/oauth-scopes.
 */
const READ = [
  'accounts',
  'blocks',
  'bookmarks',
  'favourites',
  'filters',
  'follows',
  'lists',
  'mutes',
  'notifications',
  'search',
  'statuses',
];
const WRITE = [
  'accounts',
  'blocks',
  'bookmarks',
  'conversations',
  'favourites',
  'filters',
  'follows',
  'lists',
  'media',
  'mutes',
  'notifications',
  'reports',
  'statuses',
];
const FOLLOW: ReadonlySet<string> = new Set(
  ['blocks', 'follows', 'mutes'].flatMap((part) => [`read:${part}`, `write:${part}`]),
);

/** Every scope that can be asked for. */
export const SCOPES: ReadonlySet<string> = new Set([
  'read',
  'write',
  'follow',
  'push',
  'profile',
  ...READ.map((part) => `read:${part}`),
  ...WRITE.map((part) => `write:${part}`),
]);

/** What an app gets that asks for nothing. */
export const DEFAULT_SCOPES = 'read';

/** Space separated names, each once, in the order given; null when one is unknown or there is none. */
export function parseScopes(text: string): readonly string[] | null {
  const names = [...new Set(text.split(/[\s+]+/).filter((name) => name !== ''))];
  return names.length > 0 && names.every((name) => SCOPES.has(name)) ? names : null;
}

/** Whether one of `granted` covers `wanted`. */
export function grants(granted: readonly string[], wanted: string): boolean {
  const umbrella = wanted.split(':', 1)[0] as string;
  return granted.some(
    (have) => have === wanted || have === umbrella || (have === 'follow' && FOLLOW.has(wanted)),
  );
}

/** Whether `wanted` asks for nothing beyond `granted`. */
export function covers(granted: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((one) => grants(granted, one));
}
