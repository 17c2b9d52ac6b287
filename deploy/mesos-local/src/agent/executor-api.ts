import type { IncomingMessage, ServerResponse } from 'node:http';
import { ExecutorCall } from '@murmur/engine';
import type { Log } from '@murmur/service';
import { HttpError, emptyAnswer, methodNotAllowed, textAnswer, writeAnswer } from '../http/answer.js';
import { checkAccept, readCall } from '../http/call.js';
import type { Route } from '../http/server.js';
import { openRecordStream } from '../http/stream.js';
import type { Agent } from './agent.js';
import { findRun, notSubscribed, validateExecutorCall } from './executor-call-core.js';
import type { ExecutorTokens, TokenClaims } from './executor-tokens.js';
import type { Run } from './model-core.js';

/** Of one call, bytes: an UPDATE with its data. */
const CALL_BYTES_MAX = 8 * 1024 * 1024;

export interface ExecutorApiOptions {
  readonly agent: Agent;
  /** Null = everybody is believed. */
  readonly tokens: ExecutorTokens | null;
  /** `starting`: nothing is known yet; `recovering`: executors may subscribe, no more; `ready`. */
  readonly phase: () => 'starting' | 'recovering' | 'ready';
  readonly log: Log;
}

/** `POST /api/v1/executor`: SUBSCRIBE opens a stream, everything else answers 202; refusals as Mesos's. */
export function executorRoute(options: ExecutorApiOptions): Route {
  return {
    path: '/api/v1/executor',
    raw: (request, response) => {
      handle(options, request, response).catch((error: unknown) => {
        if (error instanceof HttpError)
          writeAnswer(response, { ...textAnswer(error.status, error.message), headers: error.headers });
        else {
          options.log.error({ err: error }, 'executor api: a call failed');
          writeAnswer(response, textAnswer(500, 'Internal error; the log says more'));
        }
        request.resume();
      });
    },
  };
}

async function handle(
  options: ExecutorApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { agent, phase } = options;
  const claims = authenticate(options, request);
  if (phase() === 'starting') throw new HttpError(503, 'Agent has not finished recovery');
  if (request.method !== 'POST') {
    writeAnswer(response, methodNotAllowed(['POST'], request.method ?? ''));
    request.resume();
    return;
  }
  const call = await readCall(request, ExecutorCall, CALL_BYTES_MAX);
  const wrong = validateExecutorCall(call);
  if (wrong !== null) throw new HttpError(400, `Failed to validate Executor::Call: ${wrong}`);
  if (call.type === 'SUBSCRIBE') checkAccept(request);
  if (call.type === 'HEARTBEAT') {
    writeAnswer(response, emptyAnswer(202));
    return;
  }
  const run = findRun(agent.state, call, phase() === 'recovering');
  if ('status' in run) throw new HttpError(run.status, run.text);
  if (claims !== null && !isOwn(claims, run)) {
    throw new HttpError(
      403,
      `The token is for another executor than ${run.executorId} of ${run.frameworkId}`,
    );
  }
  const refused = notSubscribed(run, call);
  if (refused !== null) throw new HttpError(refused.status, refused.text);
  apply(options, run, call, response);
}

function authenticate({ tokens }: ExecutorApiOptions, request: IncomingMessage): TokenClaims | null {
  if (tokens === null) return null;
  const claims = tokens.check(request);
  if (claims !== null) return claims;
  throw new HttpError(401, 'The token of MESOS_EXECUTOR_AUTHENTICATION_TOKEN is missing or wrong', {
    'www-authenticate': 'Bearer realm="mesos-agent-executor"',
  });
}

function isOwn(claims: TokenClaims, run: Run): boolean {
  return (
    claims.frameworkId === run.frameworkId &&
    claims.executorId === run.executorId &&
    claims.containerId === run.containerId
  );
}

function apply({ agent }: ExecutorApiOptions, run: Run, call: ExecutorCall, response: ServerResponse): void {
  const { containerId } = run;
  if (call.type === 'SUBSCRIBE' && call.subscribe !== undefined) {
    agent.attach(containerId, openRecordStream(response));
    agent.dispatch({ kind: 'subscribed', containerId, subscribe: call.subscribe });
    return;
  }
  if (call.type === 'UPDATE' && call.update !== undefined) {
    agent.dispatch({ kind: 'update', containerId, status: call.update.status });
  } else if (call.type === 'MESSAGE' && call.message !== undefined) {
    agent.dispatch({ kind: 'message', containerId, data: call.message.data });
  } else {
    writeAnswer(response, textAnswer(501, `A call of type ${call.type ?? 'UNKNOWN'} is not implemented`));
    return;
  }
  writeAnswer(response, emptyAnswer(202));
}
