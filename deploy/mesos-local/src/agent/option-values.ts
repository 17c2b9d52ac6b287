import type { Attribute } from '@murmur/engine';
import { OptionError } from '@murmur/service';
import { ISOLATORS } from '../containerizer/index.js';
import { checkMaster, clusterKeyIn, valueOf } from '../options/checked.js';
import { parseAttributes, type Bundle } from '../resources/index.js';
import { resourcesIn } from './detect.js';
import { durationsOf, type AgentOptions } from './options.js';

/** What the flags of an agent mean, where they have a syntax of their own. */
export interface AgentValues {
  /** Empty = none is shown. */
  readonly clusterKey: string;
  /** What `--resources` names, without what is detected. */
  readonly resources: Bundle;
  readonly attributes: readonly Attribute[];
  readonly isolators: readonly string[];
  readonly durations: ReturnType<typeof durationsOf>;
}

const RESOURCES_ALLOWED =
  'name:value;name(role):value such as cpus:4;mem:8192;ports:[31000-32000], a JSON array of resources, or file:///path of one of them';
const ATTRIBUTES_ALLOWED = 'name:value;name:value such as rack:abc;level:10';

/** Reads them, files too. Throws OptionError that names flag, value and what is allowed. */
export function agentValues(options: AgentOptions): AgentValues {
  const { attributes, clusterKeyFile, defaultRole, isolation, master, resources } = options;
  checkMaster(master);
  return {
    clusterKey: clusterKeyFile === '' ? '' : clusterKeyIn(clusterKeyFile),
    resources: valueOf('--resources', resources, RESOURCES_ALLOWED, () =>
      resourcesIn(resources, defaultRole),
    ),
    attributes: valueOf('--attributes', attributes, ATTRIBUTES_ALLOWED, () => parseAttributes(attributes)),
    isolators: isolatorsOf(isolation),
    durations: durationsOf(options),
  };
}

function isolatorsOf(text: string): readonly string[] {
  const known: readonly string[] = ISOLATORS;
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => known.includes(name))) return names;
  throw new OptionError(
    `--isolation: ${JSON.stringify(text)} is not allowed; allowed is a list of ${ISOLATORS.join(', ')}, with commas between`,
  );
}
