import { performance } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import type { Log } from '@murmur/service';
import { parseStatus, SETTABLE_STATUSES } from '../queue/status-core.js';
import type { Services } from '../services.js';
import { takeFigures, type Figures } from './figures-core.js';
import { isCallback, type Answer, type FiguresReply, type Reply } from './format-core.js';
import { setLevel } from './level.js';
import { Looks } from './looks-core.js';

export interface AdminTools {
  readonly services: Services;
  readonly log: Log;
  readonly quit: () => void;
}

export interface Command {
  /** It stops or changes the server, so not everybody may. */
  readonly controls: boolean;
  /** Kestrel has no such command, so nobody expects it to be a GET. */
  readonly postOnly?: true;
  readonly run: (query: URLSearchParams) => Reply | Promise<Reply | FiguresReply>;
}

/** The shortest window of `stats?period=`, and the longest, seconds. */
const PERIOD_MIN = 60;
const PERIOD_MAX = 86_400;

const ok = (answer: Answer): Reply => ({ status: 200, answer });
const wrong = (error: string): Reply => ({ status: 400, answer: { error } });
const look = (run: Command['run']): Command => ({ controls: false, run });
const control = (run: Command['run']): Command => ({ controls: true, run });

/** What `GET /<command>` does, by name; `status/<name>` sets a status. */
export function adminCommands(tools: AdminTools): ReadonlyMap<string, Command> {
  const { services, log } = tools;
  const looks = new Looks();
  const stop = control(() => ({ ...ok('ok'), after: tools.quit }));
  const commands: Readonly<Record<string, Command>> = {
    ping: look(() => ok('pong')),
    stats: look((query) => stats(services, looks, query)),
    status: look(() => ok(statusOf(services))),
    server_info: look(() => ok(serverInfo(services))),
    threads: look(() => ok(threads())),
    contention: look(() => ok({})),
    gc: control(() => collectGarbage()),
    logging: control((query) => setLevel(log, query)),
    reload: control(() => reload(services)),
    shutdown: stop,
    quiesce: stop,
  };
  return new Map([
    ...Object.entries(commands),
    ...SETTABLE_STATUSES.map(
      (name) => [`status/${name.toLowerCase()}`, changeStatus(services, name)] as const,
    ),
  ]);
}

async function stats(
  services: Services,
  looks: Looks,
  query: URLSearchParams,
): Promise<Reply | FiguresReply> {
  const period = query.get('period');
  const namespace = query.get('namespace');
  const callback = query.get('callback');
  const seconds = Number(period ?? PERIOD_MIN);
  if (period !== null && !(/^\d{1,6}$/.test(period) && seconds >= PERIOD_MIN && seconds <= PERIOD_MAX))
    return wrong(
      `period: ${JSON.stringify(period)} is not allowed; allowed is a whole number from ${PERIOD_MIN} to ${PERIOD_MAX}`,
    );
  if (namespace !== null && !/^[\w.-]{1,64}$/.test(namespace))
    return wrong(
      `namespace: ${JSON.stringify(namespace)} is not allowed; allowed are 1 to 64 letters, digits, . - _`,
    );
  if (callback !== null && !isCallback(callback))
    return wrong(`callback: ${JSON.stringify(callback)} is not allowed; allowed is the name of a function`);
  const now = Date.now();
  const { hub, journalFacts } = services;
  const taking = takeFigures(
    { registry: hub.registry, status: hub.status, facts: services.facts(), journal: journalFacts },
    now,
  );
  let taken = taking.next();
  for (; taken.done !== true; taken = taking.next()) await turn();
  const seen = lookAt(taken.value, looks, namespace, period === null ? null : seconds, now);
  return { figures: seen, callback };
}

function lookAt(
  figures: Figures,
  looks: Looks,
  namespace: string | null,
  seconds: number | null,
  now: number,
): Figures {
  if (namespace !== null) return looks.ofNamespace(namespace, figures);
  return seconds === null ? figures : looks.ofWindow(seconds, figures, now);
}

function statusOf({ hub: { status } }: Services): Answer {
  return {
    status: status.current,
    enforced: status.enforced,
    readable: !status.blocksReads,
    writeable: !status.blocksWrites,
  };
}

function changeStatus(services: Services, name: string): Command {
  const change = control(() => {
    const { status } = services.hub;
    const wanted = parseStatus(name);
    if (wanted !== null && status.set(wanted, Date.now())) return ok(statusOf(services));
    return { status: 409, answer: { error: `${name}: a stricter status is on its way already` } };
  });
  return { ...change, postOnly: true };
}

async function reload(services: Services): Promise<Reply> {
  if (await services.reload()) return ok('ok');
  return {
    status: 500,
    answer: { error: 'the config cannot be used; the log says why, and the old one stays' },
  };
}

function serverInfo(services: Services): Answer {
  const { startedAt } = services.facts();
  return {
    name: 'murmur-kestrel',
    version: services.version,
    start_time: new Date(startedAt).toISOString(),
    uptime: Date.now() - startedAt,
    pid: process.pid,
    runtime: `node ${process.version}`,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** There is one thread that runs requests; what it uses, and what it waits for. */
function threads(): Answer {
  const { userCPUTime, systemCPUTime, maxRSS, voluntaryContextSwitches, involuntaryContextSwitches } =
    process.resourceUsage();
  const { idle, active, utilization } = performance.eventLoopUtilization();
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    threads: {
      main: {
        idle_msec: Math.round(idle),
        active_msec: Math.round(active),
        utilization: Number(utilization.toFixed(4)),
        user_cpu_usec: userCPUTime,
        system_cpu_usec: systemCPUTime,
        max_rss_kib: maxRSS,
        voluntary_context_switches: voluntaryContextSwitches,
        involuntary_context_switches: involuntaryContextSwitches,
      },
    },
    active_resources: resources,
  };
}

function collectGarbage(): Reply {
  if (globalThis.gc === undefined)
    return { status: 501, answer: { error: 'node runs without --expose-gc; it collects when it needs to' } };
  globalThis.gc();
  return ok('ok');
}
