import fc from 'fast-check';
import { dueFolders, maxAge } from '../../src/files/gc-core.js';
import { browseEntry, modeText, parseNames } from '../../src/files/info-core.js';
import { FilesError, findRoot, isInside, pathParts } from '../../src/files/path-core.js';

const WEEK = 7 * 24 * 3600 * 1000;

describe('a path of the files API', () => {
  const names = new Set(['/slave/log', '/w/slaves/S/runs/C', '/w/slaves/S', '/a']);
  const find = (path: string) => findRoot(path, (name) => names.has(name));
  const kindOf = (path: string): string => {
    try {
      find(path);
      return 'found';
    } catch (error) {
      return error instanceof FilesError ? error.kind : 'something else';
    }
  };

  it.each([
    ['/slave/log', '/slave/log', []],
    ['slave/log/', '/slave/log', []],
    ['/w/slaves/S/runs/C/stdout', '/w/slaves/S/runs/C', ['stdout']],
    ['/w/slaves/S/runs/D', '/w/slaves/S', ['runs', 'D']],
    ['/w//slaves/./S/x/../y', '/w/slaves/S', ['y']],
  ])('%s is found below the longest name', (path, name, rest) => {
    expect(find(path)).toEqual({ name, rest });
  });

  it.each(['/ab', '/slave/logs', '/', '', '/w/slaves', '/etc/passwd', '/../a'])('%s is unknown', (path) => {
    expect(kindOf(path)).toBe('not-found');
  });

  it.each(['/a/..', '/a/../a/x', '/a/b/../../c', '/slave/log/../../etc/passwd'])('%s climbs out', (path) => {
    expect(kindOf(path)).toBe('forbidden');
  });

  it('that holds NUL or is endless is malformed', () => {
    for (const path of ['/a/\0', `/a/${'x'.repeat(5000)}`]) {
      expect(kindOf(path)).toBe('invalid');
    }
  });

  it('never leads above the name it was found by', () => {
    const part = fc.constantFrom('..', '.', '', 'a', 'b');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        try {
          expect(find(`/a/${parts.join('/')}`).rest).not.toContain('..');
        } catch (error) {
          expect(error).toBeInstanceOf(FilesError);
        }
      }),
    );
  });

  it('is inside another part by part, not letter by letter', () => {
    expect(isInside('/a/b', '/a/b')).toBe(true);
    expect(isInside('/a/b', '/a/b/c')).toBe(true);
    expect(isInside('/a/b', '/a/bc')).toBe(false);
    expect(isInside('/a/b', '/a')).toBe(false);
    expect(pathParts('/')).toEqual([]);
  });
});

describe('an entry', () => {
  it('shows its mode as ls does', () => {
    const modes = [0o100_644, 0o040_750, 0o120_777, 0o020_600, 0o060_660, 0o010_000, 0o140_755, 0o4755];
    expect(modes.map(modeText)).toEqual([
      ...[
        '-rw-r--r--',
        'drwxr-x---',
        'lrwxrwxrwx',
        'crw-------',
        'brw-rw----',
        'p---------',
        'srwxr-xr-x',
        '-rwxr-xr-x',
      ],
    ]);
  });

  it('has its time in seconds', () => {
    const info = {
      path: '/x',
      nlink: 1,
      size: 2,
      mtime: { nanoseconds: 1_795_297_765_000_000_000 },
      mode: 0o100_644,
      uid: 'u',
      gid: 'g',
    };
    expect(browseEntry(info)).toEqual({
      ...{ gid: 'g', mode: '-rw-r--r--', mtime: 1_795_297_765, nlink: 1, path: '/x', size: 2, uid: 'u' },
    });
  });

  it('has its owner by the name that comes first', () => {
    expect([...parseNames('root:x:0:0::/:\ntoor:x:0:0\n\nbroken\nu:x:12:1')]).toEqual([
      [0, 'root'],
      [12, 'u'],
    ]);
  });
});

describe('garbage collection', () => {
  const policy = { delayMs: WEEK, headroom: 0.1, maxPerTurn: 2 };

  it('keeps folders a week on an empty disk, less on a fuller one, none when the headroom is used', () => {
    expect([0, 0.4, 0.9, 1].map((usage) => Math.round(maxAge(policy, usage)))).toEqual([
      ...[0.9 * WEEK, 0.5 * WEEK, 0, 0].map(Math.round),
    ]);
  });

  it('takes the oldest first, and no more than a turn may', () => {
    const candidates = [3, 1, 2, 50].map((days) => ({
      path: `d${days}`,
      changedAt: 10 * WEEK - days * (WEEK / 7),
    }));
    expect(dueFolders(candidates, 0.9, policy, 10 * WEEK)).toEqual(['d50', 'd3']);
    expect(dueFolders(candidates, 0, policy, 10 * WEEK)).toEqual(['d50']);
    expect(dueFolders([], 1, policy, 10 * WEEK)).toEqual([]);
  });
});
