import type { AgentMode, Sizes } from '../model/agent.js';
import type { AttributeConstraint } from '../model/config.js';

/** An agent as placement sees it: what is free of it now. */
export interface Machine {
  readonly agentId: string;
  readonly host: string;
  readonly free: Sizes;
  readonly freePorts: number;
  /** What it has in all; scores are relative to it. */
  readonly capacity: Sizes;
  /** Multi-valued, without `host`, which is added. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly mode: AgentMode;
  /** It will be away from then on, ms since 1970. */
  readonly absentFrom: number | null;
}

/** A class of equal tasks: they share one evaluation. */
export interface Ask {
  /** The config's id: equal asks have equal keys. */
  readonly key: string;
  readonly job: string;
  /** Its executor included. */
  readonly needs: Sizes;
  readonly ports: number;
  readonly constraints: readonly AttributeConstraint[];
  readonly dedicated: string | null;
}

/** How many active tasks of a job are on agents with this value of this attribute; up to date at every call. */
export type LimitCount = (job: string, attribute: string, value: string) => number;

export type VetoKind = 'dedicated' | 'draining' | 'constraint' | 'limit' | 'resource' | 'no-agents';

/** Why one agent refuses. The lower the score, the nearer the fit (aurora.md 5.2). */
export interface Veto {
  readonly kind: VetoKind;
  /** The attribute, or the resource: `cpu`, `ram`, `disk`, `gpu`, `ports`. */
  readonly about: string;
  readonly score: number;
  /** One line for people: `insufficient ram: 512 MB needed, 300 MB free`. */
  readonly text: string;
}

/** Why nothing fits: the vetoes of the nearest fit, and how many agents refused for each kind. */
export interface Refusal {
  readonly nearest: {
    readonly agentId: string;
    readonly host: string;
    readonly vetoes: readonly Veto[];
  } | null;
  readonly counts: Readonly<Partial<Record<VetoKind, number>>>;
}

export interface PlaceContext {
  readonly now: number;
  readonly limitCount: LimitCount;
  /** Agents held for somebody else. */
  readonly excluded?: ReadonlySet<string>;
}

/**
 * Where the next instance goes. It holds an index over the machines, and no other state; it is deterministic. A placement is not
 * subtracted by itself: whoever uses it calls `take`, so that a decision that was not carried out leaves nothing behind.
 */
export interface Placer {
  set(machine: Machine): void;
  delete(agentId: string): void;
  /** Subtracts a placement of this ask from the agent, until the next `set`. */
  take(agentId: string, ask: Ask): void;
  /** The best agent, or null. */
  place(ask: Ask, context: PlaceContext): string | null;
  /** Whether this agent would take it: empty = yes. */
  vetoes(agentId: string, ask: Ask, context: PlaceContext): readonly Veto[];
  /** Why `place` gave null. */
  explain(ask: Ask, context: PlaceContext): Refusal;
  /** How many more would fit (at most `max`), and what stops the next one; it leaves everything as it was. */
  capacity(
    ask: Ask,
    context: PlaceContext,
    max: number,
  ): { readonly count: number; readonly refusal: Refusal | null };
  readonly size: number;
}
