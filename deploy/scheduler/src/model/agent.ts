/** Maintenance of a host, in Aurora's words. */
export const AGENT_MODES = ['NONE', 'SCHEDULED', 'DRAINING', 'DRAINED'] as const;
export type AgentMode = (typeof AGENT_MODES)[number];

export interface Sizes {
  readonly cpus: number;
  readonly memMb: number;
  readonly diskMb: number;
  readonly gpus: number;
}

/** What is known of an agent, also while it makes no offer. */
export interface AgentRecord {
  readonly id: string;
  readonly host: string;
  /** `http://host:port` of the agent, for people and tools. */
  readonly url: string | null;
  /** Multi-valued; `host` is not in it. */
  readonly attributes: Readonly<Record<string, readonly string[]>>;
  readonly mode: AgentMode;
  /** What it has in all: the most that was seen free and in use together. */
  readonly capacity: Sizes;
  /** How many ports it has in all. */
  readonly portCount: number;
  readonly firstSeenAt: number;
  /** Set when the engine said that it is gone; cleared at its next offer. */
  readonly lostAt: number | null;
}

/** Attribute that an agent measures at start; every class up to its own is a value, so `'speed': '100'` means at least 100. */
export const SPEED = 'speed';
