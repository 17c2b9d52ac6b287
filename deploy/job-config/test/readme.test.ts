/** The README is held against the code: its tables of fields against the schema, its example against what is printed. */
import { readFileSync } from 'node:fs';
import { fieldRows, formatError, parseJob, requestedPorts, schema } from '@murmur/job-config';
import type { FieldRow } from '@murmur/job-config';
import * as everything from '@murmur/job-config';
import { accepted, jobErrors, messages, processJson, taskJson } from './jobs.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const structs = readme.slice(readme.indexOf('\n## Structs'));
const sections = new Map(
  [...structs.matchAll(/^### `(\w+)`\n([^#]*)/gm)].map(([, name = '', text = '']) => [name, text]),
);

/** `| `name` | `type` | default |` of each line of a section's table. */
function rows(text: string): readonly string[][] {
  return [...text.matchAll(/^\| `(.+?)` +\| `(.+?)` +\| (.+?) +\|/gm)].map(([, ...cells]) => cells);
}

function shown({ name, type, label, default: value }: FieldRow): string[] {
  const words = { required: 'required', optional: 'unset', defaulted: `\`${JSON.stringify(value)}\`` };
  return [name, type, words[label]];
}

describe('the README', () => {
  it('has a table for every struct, and for no other', () => {
    expect([...sections.keys()].sort()).toEqual(Object.keys(schema).sort());
  });

  it.each(Object.keys(schema))('lists the fields of %s with their types and defaults', (name) => {
    expect(rows(sections.get(name) ?? '')).toEqual(fieldRows(schema[name]!).map(shown));
  });

  it('names functions that there are', () => {
    const table = readme.slice(readme.indexOf('| function |'), readme.indexOf('`unknown` is'));
    const names = [...table.matchAll(/^\| (`.+?`) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name),
    );
    expect(names.length).toBeGreaterThan(10);
    expect(names.filter((name) => !(name in everything))).toEqual([]);
  });

  it('has the bounds of a load as they are', () => {
    const table = readme.slice(readme.indexOf('| bound |'), readme.indexOf('Besides: 100 includes'));
    const bounds = [...table.matchAll(/^\| `(\w+)` \| (\d+) \|/gm)].map(([, name = '', value]) => [
      name,
      Number(value),
    ]);
    expect(bounds).toHaveLength(10);
    const constants = everything as unknown as Record<string, number>;
    expect(bounds).toEqual(bounds.map(([name = '']) => [name, constants[name]]));
  });

  it('has an example that works as it says', () => {
    const text = /<<'JSON'\n(.*?)\nJSON/s.exec(readme)?.[1] ?? '';
    const json = JSON.parse(text) as { task: { resources: object } };
    const value = accepted(parseJob(json));
    expect([value.name, value.instances, requestedPorts(value)]).toEqual(['web', 3, ['http']]);
    expect(readme).toContain("prints `web 3 [ 'http' ]`");
    const wrong = { ...json, instances: 0, task: { ...json.task, resources: { cpu: 0.5, disk: 134217728 } } };
    expect(readme).toContain(`\`\`\`\n${messages(parseJob(wrong)).join('\n')}\n\`\`\``);
  });

  it('shows errors as they are printed', () => {
    const processes = [processJson('a'), processJson('b', { max_failures: -1 })];
    const [invalid = ''] = jobErrors({ task: taskJson({ processes }) });
    const [missing = ''] = jobErrors({ task: { processes: [processJson('a')] } });
    expect(readme).toContain(`| \`invalid\` | \`${invalid}\` |`);
    expect(readme).toContain(`| \`missing\` | \`${missing}\` |`);
    const unknown = formatError({ issue: 'unknown', path: 'task.nme', value: 1, expected: 'Task (name, …)' });
    expect(readme).toContain(`| \`unknown\` | \`${unknown}\` |`);
  });
});
