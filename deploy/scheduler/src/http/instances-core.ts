import { formatInstances, parseInstances, type InstanceRange } from '@murmur/job-config';

/** Numbers of instances that one request may name. */
export const INSTANCES_NAMED_MAX = 100_000;

/** `0-2,5` of any numbers, in any order; '' of none. */
export function instanceText(instances: Iterable<number>): string {
  const ranges: { first: number; last: number }[] = [];
  for (const instance of [...new Set(instances)].sort((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last !== undefined && last.last + 1 === instance) last.last = instance;
    else ranges.push({ first: instance, last: instance });
  }
  return formatInstances(ranges);
}

/** The numbers of `0-2,5`; a text says what is wrong. */
export function readInstances(text: string): readonly number[] | string {
  const ranges = parseInstances(text);
  if (ranges === undefined)
    return `${JSON.stringify(text.slice(0, 80))} is not a list of instances, as 0-2,5`;
  const count = ranges.reduce((sum, { first, last }) => sum + last - first + 1, 0);
  if (count > INSTANCES_NAMED_MAX)
    return `${JSON.stringify(text.slice(0, 80))} names ${count} instances; at most ${INSTANCES_NAMED_MAX} may be named`;
  return ranges.flatMap(numbers);
}

function numbers({ first, last }: InstanceRange): number[] {
  return Array.from({ length: last - first + 1 }, (_, i) => first + i);
}
