import { countInstances, listInstances, parseInstances } from '@murmur/job-config';

/** Numbers of instances that one request may name. */
export const INSTANCES_NAMED_MAX = 100_000;

/** The numbers of `0-2,5`; a text says what is wrong. */
export function readInstances(text: string): readonly number[] | string {
  const shown = JSON.stringify(text.slice(0, 80));
  const ranges = parseInstances(text);
  if (ranges === undefined) return `${shown} is not a list of instances, as 0-2,5`;
  const count = countInstances(ranges);
  if (count > INSTANCES_NAMED_MAX)
    return `${shown} names ${count} instances; at most ${INSTANCES_NAMED_MAX} may be named`;
  return listInstances(ranges);
}
