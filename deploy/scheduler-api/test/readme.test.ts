/** The README's tables are the tables of the code. */
import { readFileSync } from 'node:fs';
import * as everything from '@murmur/scheduler-api';
import { ERRORS, ROUTES, type Route } from '@murmur/scheduler-api';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** The rows of the table below a heading, without backticks. */
function rows(heading: string): readonly (readonly string[])[] {
  const section = new RegExp(`^## ${heading}$([\\s\\S]*?)(?=^## |(?![\\s\\S]))`, 'm').exec(readme)?.[1] ?? '';
  const lines = section.split('\n').filter((line) => line.startsWith('|'));
  return lines.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split(' | ')
      .map((cell) => cell.replaceAll('`', '').trim()),
  );
}

describe('the README', () => {
  it('has the routes with their method, path, right and meaning', () => {
    const routes = Object.entries(ROUTES as Record<string, Route>).map(
      ([id, { method, path, right, summary }]) => [
        id,
        `${method.toUpperCase()} ${path}`,
        right,
        summary.replaceAll('`', ''),
      ],
    );
    expect(rows('Routes')).toEqual(routes);
  });

  it('has the errors with their status, whether they may be tried again, and their meaning', () => {
    const errors = Object.entries(ERRORS).map(([code, { status, retry, what }]) => [
      code,
      String(status),
      retry ? 'yes' : 'no',
      what.replaceAll('`', ''),
    ]);
    expect(rows('Errors')).toEqual(errors);
  });

  it('names exports that there are', () => {
    const imported = [...readme.matchAll(/import \{([^}]+)\} from '@murmur\/scheduler-api'/g)];
    const names = imported.flatMap(([, list = '']) => list.split(',').map((name) => name.trim()));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !(name in everything))).toEqual([]);
  });
});
