import { HttpError, emptyAnswer, textAnswer, type HttpAnswer } from '../../http/answer.js';
import type { ToggledLog } from '../../options/logging.js';
import type { Registry } from '../registry.js';
import type { ActionResult, Master } from '../types.js';
import type { Facts } from './state-core.js';
import type { Subscribers } from './subscribers.js';

/** A master that leads, and what came with that. */
export interface Leading {
  readonly master: Master;
  readonly registry: Registry;
  readonly subscribers: Subscribers;
}

/** What the operator endpoints work with. */
export interface OperatorContext {
  readonly facts: Facts;
  readonly logging: ToggledLog;
  /** Null before the election, and while the registry is read. */
  current(): Leading | null;
}

/** Realms of Mesos's HTTP authentication. */
export const REALM = {
  frameworks: 'mesos-master-scheduler',
  readonly: 'mesos-master-readonly',
  readwrite: 'mesos-master-readwrite',
} as const;

/** Throws HttpError 503 when nobody leads here; the gate has answered that case before. */
export function leadingOf(context: OperatorContext): Leading {
  const current = context.current();
  if (current === null) throw new HttpError(503, 'Master has not finished recovery');
  return current;
}

/** 200 without a body, or what was wrong. */
export function actionAnswer(result: ActionResult): HttpAnswer {
  return result.ok ? emptyAnswer() : textAnswer(result.status, result.message);
}

/** Why an endpoint of Mesos is not served here. */
export const NOT_HERE = {
  quota: 'Quota is not supported by this master',
  operations:
    'Operations by an operator are not supported by this master; a framework may RESERVE and UNRESERVE',
} as const;
