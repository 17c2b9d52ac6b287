import type { IncomingMessage, ServerResponse } from 'node:http';
import { SchedulerCall } from '@murmur/engine';
import {
  HttpError,
  emptyAnswer,
  methodNotAllowed,
  textAnswer,
  writeAnswer,
  type HttpAnswer,
} from '../http/answer.js';
import { unauthorized } from '../http/auth.js';
import { checkAccept, readCall } from '../http/call.js';
import { accept } from './accept-core.js';
import { principalMismatch, validateCall } from './call-core.js';
import { frameworkStreamEnded, removeFramework, subscribe, updateFrameworkInfo } from './frameworks-core.js';
import { answerInverseOffers } from './inverse-core.js';
import { decline, setWishes } from './offers-core.js';
import { reconcile, reconcileOperations } from './reconcile-core.js';
import type { Shell } from './shell.js';
import type { Framework } from './state.js';
import { acknowledge, kill, messageToExecutor, shutdownExecutor } from './tasks-core.js';
import { count, type Turn } from './turn-core.js';
import type { Authentication, Handler } from './types.js';

export const SCHEDULER_STREAM_HEADER = 'mesos-stream-id';

export interface SchedulerApiOptions {
  readonly shell: Shell;
  readonly authenticate: (request: IncomingMessage) => Authentication;
}

/** POST /api/v1/scheduler, with Mesos's status codes in Mesos's order (401 first; 307 and 503 come before this). */
export function createSchedulerHandler(options: SchedulerApiOptions): Handler {
  return (request, response) => {
    handle(options, request, response)
      .then((answer) => {
        if (answer !== null) writeAnswer(response, answer);
      })
      .catch((error: unknown) => {
        writeAnswer(response, failure(options.shell, error));
      })
      .finally(() => {
        if (!request.readableEnded) request.resume();
      });
  };
}

export function failure(shell: Shell, error: unknown): HttpAnswer {
  if (error instanceof HttpError) {
    return { ...textAnswer(error.status, error.message), headers: error.headers };
  }
  shell.log.error({ err: error }, 'master: a call failed');
  return textAnswer(500, 'Internal error; the log says more');
}

/** null = answered already, by a stream. */
async function handle(
  { shell, authenticate }: SchedulerApiOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<HttpAnswer | null> {
  const who = authenticate(request);
  if (!who.ok) return unauthorized(who);
  if (request.method !== 'POST') return methodNotAllowed(['POST'], request.method ?? '');
  const call = await readCall(request, SchedulerCall);
  const invalid = validateCall(call, who.principal);
  if (invalid !== null) throw new HttpError(400, `Failed to validate scheduler::Call: ${invalid}`);
  if (call.type === 'SUBSCRIBE' || call.type === 'RECONCILE_OPERATIONS') checkAccept(request);
  const streamId = request.headers[SCHEDULER_STREAM_HEADER];
  if (call.type === 'SUBSCRIBE') {
    if (streamId !== undefined) {
      throw new HttpError(400, "Subscribe calls should not include the 'Mesos-Stream-Id' header");
    }
    openSubscription(shell, call, who.principal, response);
    return null;
  }
  const framework = checkFramework(shell, call, who.principal, streamId);
  return shell.turn((turn) => dispatch(turn, framework, call));
}

/** The framework of a call, if the call may be made. Throws HttpError. */
function checkFramework(
  shell: Shell,
  call: SchedulerCall,
  principal: string | null,
  streamId: string | readonly string[] | undefined,
): Framework {
  const framework = shell.state.frameworks.get(call.framework_id?.value ?? '');
  if (framework === undefined) throw new HttpError(400, 'Framework cannot be found');
  if (principal !== null && principal !== framework.info.principal) {
    throw new HttpError(400, principalMismatch(principal, framework.info.principal ?? ''));
  }
  if (!framework.connected) throw new HttpError(403, 'Framework is not subscribed');
  if (typeof streamId !== 'string') {
    throw new HttpError(400, "All non-subscribe calls should include the 'Mesos-Stream-Id' header");
  }
  if (streamId !== framework.streamId) {
    throw new HttpError(
      400,
      `The stream ID '${streamId}' included in this request didn't match the stream ID currently associated ` +
        `with framework ID ${framework.id}`,
    );
  }
  return framework;
}

function openSubscription(
  shell: Shell,
  call: SchedulerCall,
  principal: string | null,
  response: ServerResponse,
): void {
  if (call.subscribe === undefined || response.destroyed) return;
  const given = call.subscribe.framework_info;
  const info = principal === null || given.principal !== undefined ? given : { ...given, principal };
  const subscription = { ...call.subscribe, framework_info: info };
  const id = shell.uuid();
  shell.streams.open(id, response, { [SCHEDULER_STREAM_HEADER]: id }, () => {
    shell.turn((turn) => {
      for (const framework of [...turn.state.frameworks.values()]) {
        if (framework.streamId === id) frameworkStreamEnded(turn, id, framework);
      }
    });
  });
  shell.turn((turn) => {
    subscribe(turn, subscription, id);
  });
}

const ACCEPTED = emptyAnswer(202);

/** A call that passed every check. Semantic errors inside are answered by events, never by a status code. */
function dispatch(turn: Turn, framework: Framework, call: SchedulerCall): HttpAnswer {
  count(framework.counters, 'calls');
  count(framework.counters, `calls/${(call.type ?? 'unknown').toLowerCase()}`);
  if (call.type === 'UPDATE_FRAMEWORK' && call.update_framework !== undefined) {
    const error = updateFrameworkInfo(turn, framework, call.update_framework);
    return error === null ? emptyAnswer(200) : textAnswer(400, error);
  }
  if (call.type === 'UNKNOWN') return emptyAnswer(501);
  if (call.type === 'TEARDOWN') removeFramework(turn, framework, 'TEARDOWN');
  else if (call.type === 'REVIVE') setWishes(turn, framework, 'revive', call.revive?.roles ?? []);
  else if (call.type === 'SUPPRESS') setWishes(turn, framework, 'suppress', call.suppress?.roles ?? []);
  else if (call.type === 'REQUEST') count(turn.state.counters, 'master/messages_resource_request');
  else perform(turn, framework, call);
  return ACCEPTED;
}

/** Calls with a part of their own; validateCall has seen that it is there. */
function perform(turn: Turn, framework: Framework, call: SchedulerCall): void {
  const { type } = call;
  if (type === 'ACCEPT' && call.accept) accept(turn, framework, call.accept);
  else if (type === 'DECLINE' && call.decline) decline(turn, framework, call.decline);
  else if (type === 'ACCEPT_INVERSE_OFFERS' && call.accept_inverse_offers) {
    answerInverseOffers(turn, framework, 'ACCEPT', call.accept_inverse_offers);
  } else if (type === 'DECLINE_INVERSE_OFFERS' && call.decline_inverse_offers) {
    answerInverseOffers(turn, framework, 'DECLINE', call.decline_inverse_offers);
  } else if (type === 'KILL' && call.kill) kill(turn, framework, call.kill);
  else if (type === 'SHUTDOWN' && call.shutdown) shutdownExecutor(turn, framework, call.shutdown);
  else if (type === 'ACKNOWLEDGE' && call.acknowledge) acknowledge(turn, framework, call.acknowledge);
  else if (type === 'RECONCILE' && call.reconcile) reconcile(turn, framework, call.reconcile);
  else if (type === 'MESSAGE' && call.message) messageToExecutor(turn, framework, call.message);
  else if (type === 'RECONCILE_OPERATIONS' && call.reconcile_operations) {
    reconcileOperations(turn, framework, call.reconcile_operations);
  } else if (type === 'ACKNOWLEDGE_OPERATION_STATUS') {
    // No operation status here has a uuid, so there is nothing to acknowledge.
    count(turn.state.counters, 'master/messages_operation_status_update_acknowledgement');
    count(turn.state.counters, 'master/invalid_operation_status_update_acknowledgements');
  }
}
