/**
 * Held against Aurora itself: `aurora/schema.json` lists the structs, types and defaults of Aurora 0.23's own schema, and
 * `aurora/printed.json` is what that schema prints, under Pystachio, for jobs that use every struct of it.
 */
import { readFileSync } from 'node:fs';
import {
  fieldRows,
  parseJob,
  parseMesosTaskInstance,
  readJobs,
  requestedPorts,
  schema,
} from '@murmur/job-config';
import type { FieldRow, Type } from '@murmur/job-config';
import { accepted } from './jobs.js';

function fixture(name: string): unknown {
  return JSON.parse(readFileSync(new URL(`aurora/${name}.json`, import.meta.url), 'utf8'));
}
const aurora = fixture('schema') as Record<string, Record<string, string>>;
const printed = fixture('printed') as { readonly jobs: readonly Record<string, unknown>[] };

/** Where this schema says more than Aurora's: what Aurora checks elsewhere, and what `MesosTaskInstance` carries besides. */
const DIFFERENT: Readonly<Record<string, string>> = {
  'Job.cron_collision_policy': 'Enum(KILL_EXISTING, CANCEL_NEW, RUN_OVERLAP), default "KILL_EXISTING"',
  'Task.processes': 'List(Process), required',
  'Task.resources': 'Resources, required',
  'Container.docker': 'Docker, required',
  'MesosTaskInstance.name': 'String, default "{{task.name}}"',
  'MesosTaskInstance.cluster': 'String',
};

/** A default with the defaults of its own fields, as Aurora shows it. */
function filled({ shape }: Type<unknown>, value: unknown): unknown {
  if (shape.kind !== 'struct') return value;
  const given = value as Record<string, unknown>;
  const entries = Object.entries(shape.fields).flatMap(([name, { of, default: standard }]) => {
    const field = given[name] ?? standard;
    return field === undefined ? [] : [[name, filled(of, field)] as const];
  });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function shown(struct: string, { name, type, label }: FieldRow): string {
  const field = schema[struct]!.shape.fields[name]!;
  if (label === 'required') return `${type}, required`;
  return label === 'optional' ? type : `${type}, default ${JSON.stringify(filled(field.of, field.default))}`;
}

describe("Aurora's schema", () => {
  it('has the structs of this one', () => {
    const names = Object.keys(aurora).map((name) => (name === 'MesosJob' ? 'Job' : name));
    expect(Object.keys(schema).sort()).toEqual(names.sort());
  });

  it.each(Object.keys(schema))('has the fields, types and defaults of %s, but for those listed', (struct) => {
    const theirs = aurora[struct === 'Job' ? 'MesosJob' : struct] ?? {};
    const ours = fieldRows(schema[struct]!);
    const known = Object.keys(DIFFERENT).filter((path) => path.startsWith(`${struct}.`));
    const names = new Set([...Object.keys(theirs), ...known.map((path) => path.slice(struct.length + 1))]);
    expect(ours.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const row of ours) {
      const expected = DIFFERENT[`${struct}.${row.name}`] ?? theirs[row.name]?.replace(/(\d)\.0\b/g, '$1');
      expect(`${row.name}: ${shown(struct, row)}`).toBe(`${row.name}: ${expected ?? ''}`);
    }
  });
});

describe('what Aurora prints', () => {
  it('is read, and nothing is added, changed or lost', () => {
    expect(accepted(readJobs(printed))).toEqual(printed.jobs);
  });

  it('is read by the executor from the same JSON', () => {
    for (const json of printed.jobs) {
      const { task, name, role, announce } = accepted(parseMesosTaskInstance(json, { instance: 1 }));
      expect({ task, name, role, announce }).toEqual({
        task: json['task'],
        name: json['name'],
        role: json['role'],
        announce: json['announce'],
      });
    }
  });

  it('needs the ports at which its refs and aliases end', () => {
    const ports = printed.jobs.map((json) => requestedPorts(accepted(parseJob(json))));
    expect(ports).toEqual([[], ['http'], ['http'], ['http'], []]);
  });
});
