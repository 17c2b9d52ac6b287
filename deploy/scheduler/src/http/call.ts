import type { ParamName, RouteAnswer, RouteBody, RouteId, RouteQuery } from '@murmur/scheduler-api';
import type { Backend } from '../backend.js';
import type { ViewContext } from './views-core.js';

/** Routes that answer with a stream or a document of their own. */
export type RawRoute = 'events' | 'openapi';

/** A request whose inputs have been read and whose caller may do it. */
export interface Call<R extends RouteId> {
  readonly params: Readonly<Record<ParamName<R>, string>>;
  readonly query: RouteQuery<R>;
  readonly body: RouteBody<R>;
  /** Who asks, for the audit log. */
  readonly actor: string;
  /** Throws a Refused without the right to write in this role; the role in the path is checked already. */
  readonly requireWrite: (role: string) => void;
  readonly backend: Backend;
  readonly context: ViewContext;
  readonly version: string;
}

export type Handler<R extends RouteId> = (call: Call<R>) => RouteAnswer<R> | Promise<RouteAnswer<R>>;
export type Handlers<R extends RouteId = Exclude<RouteId, RawRoute>> = { readonly [K in R]: Handler<K> };
