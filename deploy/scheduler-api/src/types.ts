import type { z } from './zod.js';
import type { ROUTES, RouteId } from './routes.js';

/** What a call of each route takes and gives, from the table of routes alone. */

type Table = typeof ROUTES;

type NamesIn<Path extends string> = Path extends `${string}:${infer Name}/${infer Rest}`
  ? Name | NamesIn<Rest>
  : Path extends `${string}:${infer Name}`
    ? Name
    : never;

/** The names in the route's path. */
export type ParamName<R extends RouteId> = NamesIn<Table[R]['path']>;

export type RouteQuery<R extends RouteId> = Table[R] extends {
  readonly query: infer Q extends Readonly<Record<string, z.ZodType>>;
}
  ? { readonly [K in keyof Q]?: z.output<Q[K]> }
  : never;

export type RouteBody<R extends RouteId> = Table[R] extends { readonly body: infer B extends z.ZodType }
  ? z.output<B>
  : never;

/** unknown: a stream or a document of its own. */
export type RouteAnswer<R extends RouteId> = Table[R]['answer'] extends z.ZodType
  ? z.output<Table[R]['answer']>
  : unknown;

type When<T, Input> = [T] extends [never] ? unknown : Input;

export type CallInput<R extends RouteId> = When<
  ParamName<R>,
  { readonly params: Readonly<Record<ParamName<R>, string | number>> }
> &
  When<RouteQuery<R>, { readonly query?: RouteQuery<R> }> &
  When<RouteBody<R>, { readonly body: RouteBody<R> }>;

export interface CallOptions {
  readonly signal?: AbortSignal;
  /** Of one attempt, ms. */
  readonly timeoutMs?: number;
}

/** The input may be left out where nothing of it is required. */
export type CallArguments<R extends RouteId> =
  object extends CallInput<R>
    ? [input?: CallInput<R>, options?: CallOptions]
    : [input: CallInput<R>, options?: CallOptions];
