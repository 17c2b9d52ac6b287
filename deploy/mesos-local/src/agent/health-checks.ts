import { spawn } from 'node:child_process';
import { get as httpGet } from 'node:http';
import { get as httpsGet } from 'node:https';
import { connect } from 'node:net';
import type { HealthCheck } from '@murmur/engine';
import type { Log } from '@murmur/service';
import type { ContainerSpec } from '../containerizer/types.js';
import { taskUser } from '../containerizer/users.js';
import { argvOf } from './command-core.js';
import { variablesOf } from './spec-core.js';

/** Health checks of command tasks, done by the agent: HTTP and TCP on this machine, commands in the sandbox. */
export interface HealthChecks {
  start(containerId: string, check: HealthCheck, spec: ContainerSpec): void;
  stop(containerId: string): void;
  close(): void;
}

/** Defaults of HealthCheck in the .proto file, seconds. */
const DEFAULT_DELAY_S = 15;
const DEFAULT_INTERVAL_S = 10;
const DEFAULT_TIMEOUT_S = 20;
const HERE = { IPv4: '127.0.0.1', IPv6: '::1' } as const;

export function createHealthChecks(
  log: Log,
  result: (containerId: string, healthy: boolean) => void,
): HealthChecks {
  const running = new Map<string, AbortController>();
  const loop = (containerId: string, check: HealthCheck, spec: ContainerSpec, stop: AbortSignal): void => {
    const again = (afterS: number): void => {
      const timer = setTimeout(() => {
        void once();
      }, afterS * 1000);
      stop.addEventListener('abort', () => {
        clearTimeout(timer);
      });
    };
    const once = async (): Promise<void> => {
      const timeout = AbortSignal.timeout((check.timeout_seconds ?? DEFAULT_TIMEOUT_S) * 1000);
      const problem = await perform(check, spec, AbortSignal.any([stop, timeout])).then(
        () => null,
        (error: unknown) => (error instanceof Error ? error.message : 'failed'),
      );
      if (stop.aborted) return;
      if (problem !== null) log.info({ container: containerId, problem }, 'health check failed');
      result(containerId, problem === null);
      again(check.interval_seconds ?? DEFAULT_INTERVAL_S);
    };
    again(check.delay_seconds ?? DEFAULT_DELAY_S);
  };
  const stop = (containerId: string): void => {
    running.get(containerId)?.abort();
    running.delete(containerId);
  };
  return {
    start: (containerId, check, spec) => {
      stop(containerId);
      const controller = new AbortController();
      running.set(containerId, controller);
      loop(containerId, check, spec, controller.signal);
    },
    stop,
    close: () => {
      for (const containerId of [...running.keys()]) stop(containerId);
    },
  };
}

/** Rejects with what is wrong. */
async function perform(check: HealthCheck, spec: ContainerSpec, signal: AbortSignal): Promise<void> {
  if (check.type === 'HTTP' && check.http !== undefined) await checkHttp(check.http, signal);
  else if (check.type === 'TCP' && check.tcp !== undefined) await checkTcp(check.tcp, signal);
  else await checkCommand(check, spec, signal);
}

function checkHttp(http: NonNullable<HealthCheck['http']>, signal: AbortSignal): Promise<void> {
  const get = http.scheme === 'https' ? httpsGet : httpGet;
  const wanted = http.statuses ?? [];
  return new Promise((resolve, reject) => {
    const options = {
      host: HERE[http.protocol ?? 'IPv4'],
      port: http.port,
      path: http.path ?? '/',
      signal,
      agent: false,
      rejectUnauthorized: false, // it asks whether the task answers, not who it is
    } as const;
    const call = get(options, (answer) => {
      const code = answer.statusCode ?? 0;
      answer.destroy();
      const good = wanted.length === 0 ? code >= 200 && code < 400 : wanted.includes(code);
      if (good) resolve();
      else reject(new Error(`${http.path ?? '/'} answered ${code}`));
    });
    call.once('error', reject);
  });
}

function checkTcp(tcp: NonNullable<HealthCheck['tcp']>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: HERE[tcp.protocol ?? 'IPv4'], port: tcp.port, signal });
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
    socket.once('error', reject);
  });
}

async function checkCommand(check: HealthCheck, spec: ContainerSpec, signal: AbortSignal): Promise<void> {
  const command = check.command ?? {};
  const user = await taskUser(spec.user, spec.user !== null);
  const [file = '', ...args] = argvOf(command);
  await new Promise<void>((resolve, reject) => {
    const child = spawn(file, args, {
      cwd: spec.sandbox,
      env: { ...spec.env, ...variablesOf(command.environment) },
      stdio: 'ignore',
      detached: true, // a group of its own, to be ended as a whole
      ...(user === null ? {} : { uid: user.uid, gid: user.gid }),
    });
    const kill = (): void => {
      if (child.pid === undefined || child.exitCode !== null) return;
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // ended meanwhile
      }
    };
    signal.addEventListener('abort', kill);
    child.once('error', reject);
    child.once('exit', (code, name) => {
      signal.removeEventListener('abort', kill);
      if (code === 0) resolve();
      else reject(new Error(name === null ? `exited with status ${String(code)}` : `ended by ${name}`));
    });
  });
}
