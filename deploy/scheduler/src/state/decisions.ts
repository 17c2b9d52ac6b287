import { sha256 } from './config.js';
import { decisionsWith } from './decisions-core.js';
import type { DecisionOptions } from './decisions-core.js';
import type { Decisions } from './port.js';

/** The decisions over a state, which `reset` makes known to them first. */
export function createDecisions(options: Partial<DecisionOptions> = {}): Decisions {
  return decisionsWith({ hash: sha256, ...options });
}
