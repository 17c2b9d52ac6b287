import type { Right } from '@murmur/scheduler-api';
import type { Request } from 'express';
import type { Backend } from '../backend.js';
import { judge } from './auth-core.js';
import type { Authenticator } from './auth.js';
import type { ApiOptions } from './options.js';
import { Refused } from './refused.js';
import type { ViewContext } from './views-core.js';

/** What every request handler needs. */
export interface Tools {
  readonly options: ApiOptions;
  readonly authenticator: Authenticator;
}

/** The scheduler behind the API; a Refused while there is none. */
export function backendOf({ backend, leadership }: ApiOptions): Backend {
  const running = backend();
  if (running !== null) return running;
  if (leadership().leads)
    throw new Refused('not-ready', 'this scheduler leads, and is still reading its log');
  throw new Refused('not-leader', 'this scheduler does not lead');
}

export function contextOf({ cluster, overhead, now }: ApiOptions, backend: Backend): ViewContext {
  const waitingOf: ViewContext['waitingOf'] = (taskId) => backend.waitingOf(taskId);
  return { cluster, state: backend.state, overhead, now: now(), waitingOf };
}

export interface Caller {
  readonly actor: string;
  /** Checks a right of this role, once the role is known. */
  require(right: Right, role: string): void;
}

/** Who asks. A Refused when they may not in any role. */
export async function callerOf(
  { options, authenticator }: Tools,
  req: Request,
  right: Right,
): Promise<Caller> {
  const identity = await authenticator.identify(req.get('authorization'), req.socket.remoteAddress ?? '');
  const check = (wanted: Right, role: string | null): string => {
    const judgement = judge(options.auth.rules(), identity, wanted, role);
    if (!judgement.ok) throw new Refused(judgement.code, judgement.message);
    return judgement.actor;
  };
  const actor = check(right, null);
  return { actor, require: (wanted, role) => void check(wanted, role) };
}
