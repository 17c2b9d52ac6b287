/** What holds for every job: reading is settled after once, defaults are complete, rubbish is refused and never thrown at. */
import fc from 'fast-check';
import {
  ERRORS_MAX,
  parseJob,
  parseMesosTaskInstance,
  parseTask,
  print,
  readJobs,
  schema,
} from '@murmur/job-config';
import type { Shape, Type } from '@murmur/job-config';
import { accepted, jobJson, MB } from './jobs.js';

/** A value of a shape as JSON: defaulted and optional fields now and then absent, numbers now and then text. */
function json({ shape }: Type<unknown>): fc.Arbitrary<unknown> {
  switch (shape.kind) {
    case 'string':
      return fc.constantFrom('a', 'b-1', '{{mesos.instance}}', '').map((text) => sound(shape, text));
    case 'integer': {
      const min = Math.max(shape.min, -5);
      return loosely(fc.integer({ min, max: Math.min(shape.max, min + 9 * MB) }));
    }
    case 'float':
      return loosely(fc.double({ min: shape.min + 0.5, max: Math.min(shape.max, 99), noNaN: true }));
    case 'boolean':
      return loosely(fc.boolean());
    case 'enum':
      return fc.constantFrom(...shape.values);
    case 'list':
      return fc.array(json(shape.of), { minLength: shape.min, maxLength: 3 });
    case 'map':
      return fc.dictionary(fc.constantFrom('a', '__proto__', 'dedicated'), json(shape.of), { maxKeys: 2 });
    case 'struct':
      return structJson(shape.fields);
    case 'choice':
      return fc.oneof(...shape.of.map(json));
  }
}

function structJson(fields: Extract<Shape, { kind: 'struct' }>['fields']): fc.Arbitrary<unknown> {
  const entries = Object.entries(fields);
  const requiredKeys = entries.flatMap(([name, { label }]) => (label === 'required' ? [name] : []));
  return fc.record(Object.fromEntries(entries.map(([name, { of }]) => [name, json(of)])), { requiredKeys });
}

const SOUND = ['a', '/a', 'http://a', 'prod'];
function sound({ pattern }: Extract<Shape, { kind: 'string' }>, text: string): string {
  if (pattern === undefined || pattern.test(text)) return text;
  return SOUND.find((other) => pattern.test(other)) ?? '';
}

function loosely<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | string> {
  return fc.oneof(values, values.map(String));
}

/** Every field that the schema gives a default is present, at every depth. */
function complete({ shape }: Type<unknown>, value: unknown): boolean {
  if (shape.kind === 'list') return (value as unknown[]).every((entry) => complete(shape.of, entry));
  if (shape.kind === 'choice') return shape.of.some((struct) => complete(struct, value));
  if (shape.kind !== 'struct') return value !== undefined;
  const fields = value as Record<string, unknown>;
  return Object.entries(shape.fields).every(([name, { label, of }]) =>
    fields[name] === undefined ? label === 'optional' : complete(of, fields[name]),
  );
}

const jobType = schema['Job']!;

interface Draft {
  readonly task: { readonly processes: readonly object[] };
}

/** Without the fields whose rules chance seldom meets: most of these are accepted. */
const tame = json(jobType).map((value) => {
  const draft = value as Draft;
  const processes = draft.task.processes.map((process, index) => ({ ...process, name: `p${index}` }));
  const absent = {
    constraints: undefined,
    cron_schedule: undefined,
    update_config: undefined,
    tier: undefined,
  };
  const task = { ...draft.task, processes, constraints: [] };
  return { ...draft, ...absent, name: 'web', instances: 20_000_000, announce: undefined, task };
});
const jobs = fc.oneof(tame, json(jobType));

describe('a job of the schema', () => {
  it('that is accepted has every default, and parses again from its print to the same, letter for letter', () => {
    let acceptedOnes = 0;
    fc.assert(
      fc.property(jobs, (value) => {
        const result = parseJob(value);
        if (!result.ok) return;
        acceptedOnes += 1;
        expect(complete(jobType, result.value)).toBe(true);
        const again = accepted(parseJob(JSON.parse(print(result.value))));
        expect(again).toEqual(result.value);
        expect(print(again)).toBe(print(result.value));
      }),
      { numRuns: 1000 },
    );
    expect(acceptedOnes).toBeGreaterThan(20);
  });

  it('is refused only for rules between fields: each field by itself fits', () => {
    const fieldsAlone = /is not an? (integer|number|string|list|object)|is not true or false|is not one of/;
    fc.assert(
      fc.property(json(jobType), (value) => {
        const result = parseJob(value);
        const texts = result.ok ? [] : result.errors.map(({ expected }) => `is not ${expected}`);
        expect(texts.filter((text) => fieldsAlone.test(text))).toEqual([]);
      }),
    );
  });

  it('that is accepted is a task instance too', () => {
    fc.assert(
      fc.property(jobs, fc.nat(9), (value, instance) => {
        const result = parseJob(value);
        if (!result.ok) return;
        const seen = accepted(parseMesosTaskInstance(JSON.parse(print(result.value)), { instance }));
        expect(seen.task).toEqual(result.value.task);
        expect(seen.name).toBe(result.value.name);
      }),
      { numRuns: 500 },
    );
  });
});

describe('rubbish', () => {
  it('is refused with errors in bounds, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        for (const result of [
          parseJob(value),
          parseTask(value),
          readJobs(value),
          parseMesosTaskInstance(value),
        ]) {
          expect(result.ok).toBe(false);
          if (!result.ok) expect(result.errors.length).toBeLessThanOrEqual(ERRORS_MAX);
        }
      }),
    );
  });

  it('in any one field is refused or read, and nothing is thrown', () => {
    const names = Object.keys(jobType.shape.fields);
    fc.assert(
      fc.property(fc.constantFrom(...names), fc.jsonValue({ maxDepth: 3 }), (name, value) => {
        parseJob({ ...jobJson({ announce: {}, production: true }), [name]: value });
      }),
      { numRuns: 2000 },
    );
  });
});
