/** A small client of the public API, with what the tests of the whole suite need and nothing else. */
import { randomUUID } from 'node:crypto';

export const OOB = 'urn:ietf:wg:oauth:2.0:oob';

export interface App {
  readonly client_id: string;
  readonly client_secret: string;
}

export interface StatusJson {
  readonly id: string;
  readonly content: string;
  readonly account: { readonly id: string; readonly username: string };
}

export interface Reader {
  readonly id: string;
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** Requests in a test are given up after this, ms. */
const REQUEST_TIMEOUT_MS = 15_000;

export class Api {
  readonly url: string;
  constructor(url: string) {
    this.url = url;
  }

  async request(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<Response> {
    return await fetch(this.url + path, {
      method,
      headers: {
        ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        ...(options.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...options.headers,
      },
      ...(options.body === undefined ? {} : { body: JSON.stringify(options.body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
  }

  /** The JSON of a 200; anything else is an error that shows the answer. */
  async json<T>(
    method: string,
    path: string,
    options: { token?: string; body?: unknown; headers?: Record<string, string> } = {},
  ): Promise<T> {
    const answer = await this.request(method, path, options);
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text) as T;
  }

  async app(): Promise<App> {
    const body = { client_name: 'suite test', redirect_uris: OOB, scopes: 'read write follow' };
    return await this.json<App>('POST', '/api/v1/apps', { body });
  }

  async appToken(app: App): Promise<string> {
    const body = { ...app, grant_type: 'client_credentials', scope: 'read write follow' };
    return (await this.json<{ access_token: string }>('POST', '/oauth/token', { body })).access_token;
  }

  async register(appToken: string, name = 'u'): Promise<Reader> {
    const username = `${name}_${randomUUID().replaceAll('-', '').slice(0, 16)}`;
    const password = `pw-${username}`;
    const body = { username, email: `${username}@example.org`, password, agreement: true, locale: 'en' };
    const { access_token: token } = await this.json<{ access_token: string }>('POST', '/api/v1/accounts', {
      token: appToken,
      body,
    });
    const { id } = await this.json<{ id: string }>('GET', '/api/v1/accounts/verify_credentials', { token });
    return { id, username, password, token };
  }

  async follow(reader: Reader, author: Reader): Promise<void> {
    await this.json('POST', `/api/v1/accounts/${author.id}/follow`, { token: reader.token });
  }

  /** Posts until it is accepted, with one Idempotency-Key, as a careful client does. Returns the id. */
  async postSurely(author: Reader, text: string, deadlineMs = 60_000): Promise<string> {
    const key = randomUUID();
    const until = Date.now() + deadlineMs;
    for (;;) {
      const problem = await this.request('POST', '/api/v1/statuses', {
        token: author.token,
        body: { status: text },
        headers: { 'idempotency-key': key },
      }).then(
        async (answer) => {
          if (answer.status === 200) return ((await answer.json()) as StatusJson).id;
          const shown = `${answer.status} ${await answer.text()}`;
          if (answer.status < 500) throw new Error(`the post was refused: ${shown}`);
          return new Error(shown);
        },
        (error: unknown) => {
          if (error instanceof Error && error.message.startsWith('the post was refused')) throw error;
          return new Error(String(error));
        },
      );
      if (typeof problem === 'string') return problem;
      if (Date.now() > until) throw problem;
      await new Promise((go) => setTimeout(go, 200));
    }
  }

  /** The whole home timeline, newest first, page by page as `Link` says. */
  async home(reader: Reader, pageSize = 40, pagesMax = 60): Promise<StatusJson[]> {
    return await this.pages(`/api/v1/timelines/home?limit=${pageSize}`, reader.token, pagesMax);
  }

  async pages(first: string, token: string, pagesMax = 60): Promise<StatusJson[]> {
    const all: StatusJson[] = [];
    let path: string | null = first;
    for (let page = 0; path !== null && page < pagesMax; page++) {
      const answer: Response = await this.request('GET', path, { token });
      if (answer.status !== 200) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
      all.push(...((await answer.json()) as StatusJson[]));
      const next = /<([^>]+)>; rel="next"/.exec(answer.headers.get('link') ?? '')?.[1];
      path = next === undefined ? null : next.slice(new URL(next).origin.length);
    }
    return all;
  }
}
