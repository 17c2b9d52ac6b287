/** Registers the accounts and lets them follow each other. */
import { ApiFailure, each, fieldOf, type Api } from './api.js';
import type { Graph } from './graph-core.js';

export interface Person {
  readonly id: string;
  readonly username: string;
  readonly token: string;
}

/** A token may send 300 requests in 5 minutes; an app's token registers so many accounts, with room for repeats. */
const ACCOUNTS_PER_APP = 200;
const SCOPES = 'read write follow';
/** Registering costs the server a slow hash: more at once would only wait. */
const REGISTER_WIDTH = 8;
const FOLLOW_WIDTH = 24;
const NAMES_MAX = 3;

export type Progress = (what: string, done: number, of: number) => void;

/** `run` makes the names differ from those of other runs; letters and digits. */
export async function registerAll(
  api: Api,
  accounts: number,
  run: string,
  progress: Progress,
): Promise<Person[]> {
  const apps = await appTokens(api, Math.ceil(accounts / ACCOUNTS_PER_APP));
  const people: Person[] = [];
  const numbers = Array.from({ length: accounts }, (_, i) => i);
  let done = 0;
  await each(numbers, REGISTER_WIDTH, async (i) => {
    const app = apps[Math.floor(i / ACCOUNTS_PER_APP)] ?? '';
    people[i] = await register(api, app, `demo_${run}_${i}`);
    progress('registering accounts', (done += 1), accounts);
  });
  return people;
}

async function appTokens(api: Api, n: number): Promise<string[]> {
  const tokens: string[] = [];
  for (let i = 0; i < n; i++) {
    const app = await api.must('POST', '/api/v1/apps', {
      body: { client_name: 'Murmur demo', redirect_uris: 'urn:ietf:wg:oauth:2.0:oob', scopes: SCOPES },
    });
    const [client_id, client_secret] = [fieldOf(app, 'client_id'), fieldOf(app, 'client_secret')];
    const token = await api.must('POST', '/oauth/token', {
      body: { grant_type: 'client_credentials', client_id, client_secret, scope: SCOPES },
    });
    tokens.push(fieldOf(token, 'access_token'));
  }
  return tokens;
}

/** When the answer to a registration is lost the name may be taken, by us: another name then. */
async function register(api: Api, appToken: string, name: string): Promise<Person> {
  for (let attempt = 1; attempt <= NAMES_MAX; attempt++) {
    const username = attempt === 1 ? name : `${name}_${attempt}`;
    const result = await api.call('POST', '/api/v1/accounts', {
      token: appToken,
      repeatable: false,
      body: {
        username,
        email: `${username}@demo.invalid`,
        password: `pass-${username}`,
        agreement: true,
        locale: 'en',
      },
    });
    if (result.kind === 'ok') {
      const token = fieldOf(result.body, 'access_token');
      const me = await api.must('GET', '/api/v1/accounts/verify_credentials', { token });
      return { id: fieldOf(me, 'id'), username, token };
    }
    if (result.status !== null && result.status !== 422 && result.status < 500)
      throw new ApiFailure(`POST /api/v1/accounts: ${result.reason}`);
  }
  throw new ApiFailure(`POST /api/v1/accounts: no success with ${NAMES_MAX} names`);
}

export async function followAll(
  api: Api,
  people: readonly Person[],
  graph: Graph,
  progress: Progress,
): Promise<void> {
  const edges = graph.following.flatMap((others, account) => others.map((other) => ({ account, other })));
  let done = 0;
  await each(edges, FOLLOW_WIDTH, async ({ account, other }) => {
    const [follower, followee] = [people[account], people[other]];
    if (follower === undefined || followee === undefined) return;
    await api.must('POST', `/api/v1/accounts/${followee.id}/follow`, { token: follower.token, body: {} });
    progress('following', (done += 1), edges.length);
  });
}
