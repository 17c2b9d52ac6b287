import { formatError, INSTANCE_ID_MAX, parseJob, type Job } from '@murmur/job-config';
import { readInput, type InputSchema } from '@murmur/scheduler-api';
import { readInstances } from './instances-core.js';
import { Refused } from './refused.js';

/** Reads what a request carries; throws a Refused that names field, value and what is allowed. */

export function readQuery(
  schemas: Readonly<Record<string, InputSchema>>,
  query: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const unknown = Object.keys(query).find((name) => !Object.hasOwn(schemas, name));
  if (unknown !== undefined) {
    const names = Object.keys(schemas);
    const allowed = names.length === 0 ? 'none is allowed' : `allowed are ${names.join(', ')}`;
    throw new Refused('bad-request', `the query has no parameter ${JSON.stringify(unknown)}; ${allowed}`);
  }
  return Object.fromEntries(
    Object.entries(schemas).flatMap(([name, schema]) =>
      query[name] === undefined ? [] : [[name, readOne(schema, query[name], `the query's ${name}`)]],
    ),
  );
}

export function readBody(schema: InputSchema, body: unknown): unknown {
  if (body === undefined)
    throw new Refused(
      'bad-request',
      'the body is missing; it must be JSON, with content-type application/json',
    );
  return readOne(schema, body, 'the body');
}

function readOne(schema: InputSchema, value: unknown, where: string): unknown {
  const result = readInput(schema, value, where);
  if (result.ok) return result.value;
  const [first = `${where} cannot be used`] = result.problems;
  throw new Refused('bad-request', first, result.problems.length > 1 ? result.problems : []);
}

export function instanceParam(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value <= INSTANCE_ID_MAX) return value;
  throw new Refused('bad-request', `the instance ${show(text)} is not an integer of 0 to ${INSTANCE_ID_MAX}`);
}

/** `0-2,5` as numbers; null when it is left out. */
export function instanceList(text: string | undefined): readonly number[] | null {
  if (text === undefined) return null;
  const read = readInstances(text);
  if (typeof read === 'string') throw new Refused('bad-request', `the body's instances: ${read}`);
  return read;
}

/** A job in a body, of this cluster. */
export function jobOf(json: unknown, cluster: string): Job {
  const parsed = parseJob(json);
  if (!parsed.ok) {
    const lines = parsed.errors.map(formatError);
    const more = lines.length > 1 ? ` (and ${lines.length - 1} more)` : '';
    throw new Refused('invalid-job', `the job's config: ${lines[0] ?? ''}${more}`, lines);
  }
  const job = parsed.value;
  if (job.cluster !== cluster)
    throw new Refused(
      'bad-request',
      `the job's cluster is ${show(job.cluster)}, this scheduler's is ${show(cluster)}`,
    );
  return job;
}

function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
