import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setImmediate as turn } from 'node:timers/promises';
import { createHttp, createMetrics, type ProcessHttp } from '@murmur/service';
import type { Services } from '../services.js';
import { adminCommands, type AdminTools, type Command } from './commands.js';
import {
  asScript,
  figuresJson,
  figuresText,
  toJson,
  toText,
  type FiguresReply,
  type Reply,
} from './format-core.js';
import { kestrelMetrics } from './metrics.js';

export interface AdminOptions extends AdminTools {
  readonly clusterKey: string;
  /** Whether the server has begun to stop; it tells its status only once it has left the ServerSets. */
  readonly leaving: () => boolean;
  readonly abort: () => void;
}

const SHUTTING_DOWN = 'shutting down';

/** `/<command>`, `/<command>.json`, `/<command>.txt` */
const PATH = /^\/([a-z_]+(?:\/[a-z]+)?)(\.json|\.txt)?$/i;

/** The admin HTTP side: Kestrel's commands, and what every process has. */
export function createAdmin(options: AdminOptions): ProcessHttp {
  const { log, clusterKey, services, leaving, quit, abort } = options;
  const metrics = createMetrics();
  kestrelMetrics(metrics, services);
  const http = createHttp({
    log,
    metrics,
    clusterKey: clusterKey === '' ? randomBytes(32).toString('hex') : clusterKey,
    health: () => (leaving() ? SHUTTING_DOWN : trouble(services)),
    onQuit: quit,
    onAbort: abort,
  });
  const commands = adminCommands(options);
  http.app.use((req: IncomingMessage, res: ServerResponse) => {
    const url = targetOf(req);
    const [, name = '', format = '.json'] = PATH.exec(url?.pathname ?? '') ?? [];
    const command = commands.get(name.toLowerCase());
    if (url === null || command === undefined) {
      write(res, 404, 'text/plain', 'no such command\n');
      return;
    }
    const refusal = refusalOf(req, command, http);
    if (refusal !== null) {
      if (refusal.status === 405) res.setHeader('allow', methodsOf(command).join(', '));
      send(res, refusal, format);
      return;
    }
    run(command, url.searchParams).then(
      (reply) => ('figures' in reply ? sendFigures(res, reply, format) : send(res, reply, format)),
      (err: unknown) => {
        log.error({ err, command: name }, 'an admin command failed');
        send(res, { status: 500, answer: { error: 'the command failed; the log says why' } }, format);
      },
    );
  });
  return http;
}

/** What is asked for; null when it is no URL. Most clients send a path, which may begin with `//`; some a whole URL. */
function targetOf({ url = '/' }: IncomingMessage): URL | null {
  const text = url.startsWith('/') ? `http://localhost${url}` : url;
  return URL.canParse(text) ? new URL(text) : null;
}

async function run(command: Command, query: URLSearchParams): Promise<Reply | FiguresReply> {
  return await command.run(query);
}

function methodsOf({ postOnly }: Command): readonly string[] {
  return postOnly === true ? ['POST'] : ['GET', 'HEAD', 'POST'];
}

/** Null when the request may run the command. */
function refusalOf(req: IncomingMessage, command: Command, http: ProcessHttp): Reply | null {
  const allowed = methodsOf(command);
  const { method = '' } = req;
  if (!allowed.includes(method))
    return { status: 405, answer: { error: `${method} is not allowed; allowed is ${allowed.join(', ')}` } };
  if (!command.controls) return null;
  // A page in a browser on this machine must not be able to stop the server.
  const site = req.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'none' && site !== 'same-origin')
    return { status: 403, answer: { error: 'not from the page of another site' } };
  if (http.mayControl(req)) return null;
  return { status: 401, answer: { error: 'The cluster key is missing or wrong' } };
}

function send(res: ServerResponse, { status, answer, after }: Reply, format: string): void {
  if (after !== undefined) setImmediate(after);
  if (format.toLowerCase() === '.txt') write(res, status, 'text/plain', toText(answer));
  else write(res, status, 'application/json', toJson(answer));
}

/** Makes one piece after another, and lets clients be served in between. */
async function sendFigures(
  res: ServerResponse,
  { figures, callback }: FiguresReply,
  format: string,
): Promise<void> {
  const isText = format.toLowerCase() === '.txt';
  const [before, after] = callback === null || isText ? ['', isText ? '' : '\n'] : asScript(callback);
  const made: string[] = [before];
  for (const piece of isText ? figuresText(figures) : figuresJson(figures)) {
    made.push(piece);
    await turn();
  }
  const json = callback === null ? 'application/json' : 'text/javascript';
  write(res, 200, isText ? 'text/plain' : json, `${made.join('')}${after}`);
}

function write(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'x-content-type-options': 'nosniff' });
  res.end(body);
}

/** Null while every queue can take items. */
function trouble({ hub }: Services): string | null {
  if (hub.status.current === 'down') return SHUTTING_DOWN;
  for (const { queue } of hub.registry.families()) {
    if (!queue.journal.writable) return `the journal of ${queue.name} cannot be written`;
  }
  return null;
}
