/** The error tables of the READMEs are the closed tables of the code. */
import { KESTREL_ERRORS } from '@murmur/kestrel-client';
import { API_ERRORS } from '@murmur/public-api';
import { root, sorted } from '../support/documents.js';
import { textOf } from '../support/house.js';

/** The cells of the rows below `## Errors`, without the head. */
function errorRows(readme: string): string[][] {
  const section = /^## Errors$([\s\S]*?)(?=^## |$(?![\s\S]))/m.exec(readme)?.[1] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

const coded = (text: string): string[] => [...text.matchAll(/`([^`]+)`/g)].map((m) => m[1] ?? '');
const readmeOf = (folder: string): string => textOf(root, `${folder}/README.md`);

describe('the error table', () => {
  const publicApi = (readme: string): (string | undefined)[][] =>
    errorRows(readme).map(([code = '', status, , retry]) => [
      coded(code)[0],
      status,
      retry === 'no' ? 'no' : 'yes',
    ]);
  const apiErrors = Object.entries(API_ERRORS).map(([code, { status, retry }]) => [
    code,
    String(status),
    retry ? 'yes' : 'no',
  ]);

  it('of public-api has its codes, their status, and whether they may be tried again', () => {
    expect(publicApi(readmeOf('shared/public-api'))).toEqual(apiErrors);
  });

  it.each([
    [/\| `conflict`.*\n/, ''],
    [/\| 409 \|/, '| 410 |'],
    ['| yes |', '| no |'],
  ])('differs when %s is changed', (part, by) => {
    const readme = readmeOf('shared/public-api');
    expect(publicApi(readme.replace(part, by))).not.toEqual(apiErrors);
  });

  it('of kestrel-client has its codes, whether they may be tried again, and their meaning', () => {
    const rows = errorRows(readmeOf('shared/kestrel-client')).map(([code = '', , retry, meaning = '']) => [
      coded(code)[0],
      retry,
      meaning.replace(/`/g, ''),
    ]);
    const errors = Object.entries(KESTREL_ERRORS);
    expect(rows).toEqual(
      errors.map(([code, { retryable, meaning }]) => [code, retryable ? 'yes' : 'no', meaning]),
    );
  });

  it('of the store has the codes after which a call may be repeated', () => {
    const table = /RETRYABLE_CODES[^[]*\[([\s\S]*?)\]\)/.exec(
      textOf(root, 'shared/store/src/errors.ts'),
    )?.[1];
    const codes = [...(table ?? '').matchAll(/'(\w+)'/g)].map((m) => m[1] ?? '');
    const rows = errorRows(readmeOf('shared/store')).filter(([name = '']) => name === '`StoreUnavailable`');
    expect(codes.length).toBeGreaterThan(0);
    expect(sorted(rows.flatMap(([, cell = '']) => coded(cell)))).toEqual(sorted(codes));
  });

  it('of rest-client has its codes', () => {
    const type = /RestUnavailableCode =([\s\S]*?);/.exec(
      textOf(root, 'shared/rest-client/src/errors.ts'),
    )?.[1];
    const codes = [...(type ?? '').matchAll(/'(\w+)'/g)].map((m) => m[1] ?? '');
    const rows = errorRows(readmeOf('shared/rest-client'));
    expect(codes.length).toBeGreaterThan(0);
    expect(sorted(rows.flatMap(([, cell = '']) => coded(cell)))).toEqual(sorted(codes));
  });

  it('of push-gateway has its refusals with their status, and its reasons to close', () => {
    const source = textOf(root, 'services/push-gateway/src/errors-core.ts');
    const refusals = [
      ...source.matchAll(/refusal\((\d+), '([^']+)'|status: (\d+), body: \{ error: '([^']+)'/g),
    ];
    const readme = readmeOf('services/push-gateway');
    const rows = errorRows(readme).flatMap(([status, texts = '']) =>
      coded(texts).map((text) => `${status ?? ''} ${text}`),
    );
    const own = refusals.map((m) => `${m[1] ?? m[3] ?? ''} ${m[2] ?? m[4] ?? ''}`);
    expect(own.length).toBeGreaterThan(0);
    expect(sorted(rows.filter((row) => /^\d+ [A-Z]/.test(row)))).toEqual(sorted(own));
    const closes = [...source.matchAll(/code: (\d+), reason: '([^']+)'/g)];
    expect(
      closes.filter((m) => !readme.includes(m[1] ?? '') || !readme.includes(`\`${m[2] ?? ''}\``)),
    ).toEqual([]);
  });
});
