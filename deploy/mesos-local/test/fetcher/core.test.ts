import fc from 'fast-check';
import { checkSymlink, entryPath } from '../../src/fetcher/entry-core.js';
import { FetchError } from '../../src/fetcher/types.js';
import { archiveKind, planFetch } from '../../src/fetcher/uri-core.js';

describe('a URI', () => {
  it.each([
    ['/opt/app.tar.gz', 'file /opt/app.tar.gz', 'app.tar.gz', 'tar.gz'],
    ['file:///opt/app.zip', 'file /opt/app.zip', 'app.zip', 'zip'],
    ['file://localhost/opt/run', 'file /opt/run', 'run', null],
    ['lib/app.tgz', 'file /home/f/lib/app.tgz', 'app.tgz', 'tar.gz'],
    ['http://h:1/a/b.txz?x=1#y', 'http http://h:1/a/b.txz?x=1#y', 'b.txz', 'tar.xz'],
    ['HTTPS://h/a%20b', 'http HTTPS://h/a%20b', 'a b', null],
  ])('%s is %s, named %s, unpacked as %s', (value, source, name, archive) => {
    const plan = planFetch({ value }, '/home/f');
    expect(plan.source.kind === 'file' ? `file ${plan.source.path}` : `http ${plan.source.url}`).toBe(source);
    expect([plan.path, plan.archive, plan.executable]).toEqual([[name], archive, false]);
  });

  it('is not unpacked where extract is false or it is to be executable', () => {
    expect(planFetch({ value: '/a.tar', extract: false }, null).archive).toBeNull();
    expect(planFetch({ value: '/a.tar', executable: true }, null)).toMatchObject({
      archive: null,
      executable: true,
    });
  });

  it('goes to its output_file, whose name says whether it is an archive', () => {
    expect(planFetch({ value: 'http://h/x', output_file: 'a/b.tar' }, null)).toMatchObject({
      path: ['a', 'b.tar'],
      archive: 'tar',
    });
    expect(planFetch({ value: 'http://h/x.tar', output_file: 'b' }, null).archive).toBeNull();
  });

  it.each([
    '',
    'ftp://h/x',
    'hdfs://n/x',
    'http://',
    'http://h/',
    'file://x',
    'file:///',
    '/a/..',
    'http://h/..%2Fx',
    'rel',
    'a\0b',
  ])('%j is refused', (value) => expect(() => planFetch({ value }, null)).toThrow(FetchError));

  it.each(['', '/abs', '../x', 'a/../b', 'a//b', './a', 'a/', 'a\0', 'x'.repeat(256)])(
    'with the output_file %j is refused',
    (output) => expect(() => planFetch({ value: '/x', output_file: output }, null)).toThrow('output_file'),
  );

  it('is an archive by its suffix only', () => {
    const kinds = [
      'a.tar',
      'a.tgz',
      'a.tar.gz',
      'a.tbz2',
      'a.tar.bz2',
      'a.txz',
      'a.tar.xz',
      'a.zip',
      'a.gz',
      'tar',
      '.gz',
      'a.7z',
    ];
    expect(kinds.map(archiveKind)).toEqual([
      ...['tar', 'tar.gz', 'tar.gz', 'tar.bz2', 'tar.bz2', 'tar.xz', 'tar.xz', 'zip', 'gz', null, null, null],
    ]);
  });
});

describe('the path of an entry', () => {
  it('is its parts, without what means nothing', () => {
    expect(entryPath('./a//b/./c/')).toEqual(['a', 'b', 'c']);
    expect(entryPath('./')).toEqual([]);
    expect(entryPath('..a/...')).toEqual(['..a', '...']);
  });

  it.each([
    '/a',
    '../a',
    'a/..',
    'a/../../b',
    '..',
    'a\0b',
    'a\\b',
    'x'.repeat(256),
    'a/'.repeat(65),
    `${'x'.repeat(200)}/`.repeat(20),
  ])('%j is refused', (name) => expect(() => entryPath(name)).toThrow(FetchError));

  it('never goes up or to the root, whatever is tried', () => {
    const part = fc.constantFrom('..', '.', '', 'a', '...', 'b c');
    fc.assert(
      fc.property(
        fc.array(part, { maxLength: 8 }).map((parts) => parts.join('/')),
        (name) => {
          try {
            expect(entryPath(name)).not.toContain('..');
            expect(name.startsWith('/')).toBe(false);
          } catch (error) {
            expect(name.startsWith('/') || name.split('/').includes('..')).toBe(true);
            expect(error).toBeInstanceOf(FetchError);
          }
        },
      ),
    );
  });
});

describe('a symbolic link', () => {
  it.each(['../b', '../../c', '/usr/bin/python3', 'x/../../..', '.'])(
    'at a/b/l may point to %s',
    (target) => {
      checkSymlink(['a', 'b', 'l'], target);
    },
  );

  it.each(['../../..', '../../../etc', '', 'a\0', '../../../a/b'])(
    'at a/b/l may not point to %j',
    (target) => {
      expect(() => checkSymlink(['a', 'b', 'l'], target)).toThrow(FetchError);
    },
  );
});
