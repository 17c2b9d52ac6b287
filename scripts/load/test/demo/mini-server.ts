import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer, type WebSocket } from 'ws';

/** What goes wrong, asked for each delivery. */
export interface Faults {
  /** How often a status reaches a screen. */
  readonly onScreen: (id: number) => number;
  /** How often it is in a home. */
  readonly atHome: (id: number) => number;
  /** The streams are cut after this status was sent. */
  readonly cutAfter: (id: number) => boolean;
  /** The answer to a post is lost the first time. */
  readonly loseAnswer: (id: number) => boolean;
}

const NO_FAULTS: Faults = {
  onScreen: () => 1,
  atHome: () => 1,
  cutAfter: () => false,
  loseAnswer: () => false,
};

interface Screen {
  readonly account: number;
  send(id: number): void;
  cut(): void;
}

/** The routes the demo uses, in memory: a stand-in for the suite with faults to order, to see what the demo notices. */
export class MiniServer {
  readonly #server: Server = createServer((req, res) => void this.#handle(req, res));
  readonly #sockets = new WebSocketServer({ noServer: true });
  readonly #faults: Faults;
  /** Account ids are 1, 2, ...; status ids go on from there. */
  readonly #following = new Map<number, Set<number>>();
  readonly #statuses: { readonly id: number; readonly author: number }[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #screens = new Set<Screen>();
  #lastId = 0;

  constructor(faults: Partial<Faults> = {}) {
    this.#faults = { ...NO_FAULTS, ...faults };
  }

  async listen(): Promise<string> {
    this.#server.on('upgrade', (req, socket, head) => {
      this.#sockets.handleUpgrade(req, socket, head, (ws) => this.#openWs(req, ws));
    });
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async close(): Promise<void> {
    for (const client of this.#sockets.clients) client.terminate();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://h');
    const account = Number(/^Bearer user(\d+)$/.exec(req.headers.authorization ?? '')?.[1] ?? 0);
    const chunks: Buffer[] = [];
    for await (const chunk of req) chunks.push(chunk as Buffer);
    const answer = (body: unknown): void =>
      void res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    const [, kind = '', id = '', action = ''] =
      /^\/api\/v1\/(\w+)(?:\/(\w+))?(?:\/(\w+))?/.exec(url.pathname) ?? [];
    if (url.pathname === '/oauth/token') answer({ access_token: 'app' });
    else if (kind === 'apps') answer({ client_id: 'id', client_secret: 'secret' });
    else if (kind === 'streaming') this.#openSse(req, res, account);
    else if (id === 'verify_credentials') answer({ id: String(account) });
    else if (action === 'follow') answer(this.#follow(account, Number(id)));
    else if (kind === 'accounts' && action === 'statuses')
      this.#page(
        res,
        url,
        this.#statuses.filter((s) => s.author === Number(id)).map((s) => s.id),
      );
    else if (kind === 'accounts') answer({ access_token: `user${this.#nextAccount()}` });
    else if (kind === 'timelines')
      this.#page(
        res,
        url,
        this.#homeOf(account).flatMap((n) => Array.from({ length: this.#faults.atHome(n) }, () => n)),
      );
    else if (kind === 'statuses') this.#post(req, res, account);
    else answer({});
  }

  #nextAccount(): number {
    this.#lastId += 1;
    this.#following.set(this.#lastId, new Set([this.#lastId]));
    return this.#lastId;
  }

  #follow(account: number, other: number): object {
    this.#following.get(account)?.add(other);
    return { id: String(other), following: true };
  }

  #homeOf(account: number): number[] {
    return this.#statuses
      .filter((s) => this.#following.get(account)?.has(s.author) === true)
      .map((s) => s.id);
  }

  #post(req: IncomingMessage, res: ServerResponse, author: number): void {
    const key = String(req.headers['idempotency-key']);
    const known = this.#byKey.get(key);
    const id = known ?? (this.#lastId += 1);
    if (known === undefined) {
      this.#byKey.set(key, id);
      this.#statuses.push({ id, author });
      for (const screen of [...this.#screens]) {
        if (this.#following.get(screen.account)?.has(author) !== true) continue;
        for (let i = 0; i < this.#faults.onScreen(id); i++) screen.send(id);
        if (this.#faults.cutAfter(id)) screen.cut();
      }
    }
    if (known === undefined && this.#faults.loseAnswer(id)) res.socket?.destroy();
    else res.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ id: String(id) }));
  }

  /** Pages of 40, newest first, positions as cursors. */
  #page(res: ServerResponse, url: URL, ids: number[]): void {
    const from = Number(url.searchParams.get('from') ?? 0);
    const page = ids.reverse().slice(from, from + 40);
    const link = `<http://${String(res.req.headers.host)}${url.pathname}?from=${from + 40}>; rel="next"`;
    const headers = { 'content-type': 'application/json', ...(page.length > 0 ? { link } : {}) };
    res.writeHead(200, headers).end(JSON.stringify(page.map((id) => ({ id: String(id) }))));
  }

  #open(screen: Screen, since: string): void {
    for (const id of this.#homeOf(screen.account)) if (id > Number(since)) screen.send(id);
    this.#screens.add(screen);
  }

  #openSse(req: IncomingMessage, res: ServerResponse, account: number): void {
    res.writeHead(200, { 'content-type': 'text/event-stream' }).write(':)\n');
    const send = (id: number): void => void res.write(`event: update\nid: ${id}\ndata: {"id":"${id}"}\n\n`);
    const screen = { account, send, cut: () => void res.end() };
    res.on('close', () => this.#screens.delete(screen));
    this.#open(screen, String(req.headers['last-event-id'] ?? 0));
  }

  #openWs(req: IncomingMessage, ws: WebSocket): void {
    const query = new URL(req.url ?? '/', 'http://h').searchParams;
    const send = (id: number): void =>
      ws.send(
        JSON.stringify({ stream: ['user'], event: 'update', payload: `{"id":"${id}"}`, cursor: String(id) }),
      );
    const screen = { account: Number(query.get('access_token')?.slice(4)), send, cut: () => ws.close() };
    ws.on('close', () => this.#screens.delete(screen));
    this.#open(screen, query.get('since') ?? '0');
  }
}
