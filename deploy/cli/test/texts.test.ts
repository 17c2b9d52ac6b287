import fc from 'fast-check';
import { complete, keyCandidates } from '../src/completion-core.js';
import { diffLines, jsonLines, withContext } from '../src/diff-core.js';
import { expandRefs, quoted, readTunnel } from '../src/refs-core.js';
import { renderTable } from '../src/table.js';
import {
  agoText,
  clockText,
  lineText,
  numberText,
  portsText,
  sizesText,
  statesText,
} from '../src/text-core.js';

describe('texts', () => {
  it.each([
    [0, '0s'],
    [59_999, '59s'],
    [60_000, '1m'],
    [3_600_000, '1h'],
    [90_000_000, '1d'],
    [-5, '0s'],
  ])('say how long ago %i ms are', (ms, text) => {
    expect(agoText(1_000_000_000 - ms, 1_000_000_000)).toBe(text);
  });

  it('say times, ports, sizes and states', () => {
    expect(clockText(0)).toBe('1970-01-01 00:00:00');
    expect(portsText({ http: 2, admin: 1 })).toBe('admin:1 http:2');
    expect(sizesText({ cpus: 0.25, memMb: 128, diskMb: 64, gpus: 0 })).toBe('0.25 cpu, 128 MB, disk 64 MB');
    expect(sizesText({ cpus: 1, memMb: 1, diskMb: 1, gpus: 2 })).toBe('1 cpu, 1 MB, disk 1 MB, 2 gpu');
    expect(statesText({ RUNNING: 2, PENDING: 1, LOST: 0 })).toBe('2 RUNNING, 1 PENDING');
    expect(numberText(0.1 + 0.2)).toBe('0.3');
  });

  it('of errors are one line of bounded length that a terminal does not act on', () => {
    expect(lineText('a\u001b[31m\r\n  b\u0007')).toBe('a\u{fffd}[31m b\u{fffd}');
    expect(lineText('x'.repeat(1_000_000)).length).toBe(4_001);
  });

  it('stand in columns without borders and without spaces at the end', () => {
    const columns = [{ head: 'INSTANCE' }, { head: 'CPUS', right: true }, { head: 'WHY' }];
    const rows = [
      ['0', '0.25', ''],
      ['12', '1', 'no agent fits'],
    ];
    expect(renderTable(columns, rows)).toBe(
      ['INSTANCE  CPUS  WHY', '0         0.25', '12           1  no agent fits', ''].join('\n'),
    );
  });
});

describe('a diff', () => {
  it('shows what was removed and added, with three lines around it', () => {
    const from = jsonLines({ b: [1, 2], a: 'x', z: { deep: true, more: 1, third: 3, fourth: 4 } });
    const to = jsonLines({ a: 'y', b: [1, 2], z: { deep: true, more: 1, third: 3, fourth: 4 } });
    const lines = withContext(diffLines(from, to)).map(({ kind, text }) => `${kind[0]} ${text}`);
    expect(lines).toEqual([
      's {',
      'r   "a": "x",',
      'a   "a": "y",',
      's   "b": [',
      's     1,',
      's     2',
      's …',
    ]);
  });

  it('holds both texts, whatever they are', () => {
    const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 12 });
    fc.assert(
      fc.property(lines, lines, (from, to) => {
        const diff = diffLines(from, to);
        const without = (kind: string): string[] => diff.filter((l) => l.kind !== kind).map((l) => l.text);
        expect(without('added')).toEqual(from);
        expect(without('removed')).toEqual(to);
      }),
    );
  });

  it('of something with nothing is all removed or all added', () => {
    expect(jsonLines(null)).toEqual([]);
    expect(diffLines(jsonLines({ a: 1 }), []).every(({ kind }) => kind === 'removed')).toBe(true);
  });
});

describe('refs in a command', () => {
  const scope = { instance: 3, hostname: 'h', taskId: 't-1', ports: { http: 31000 } };

  it('are filled in; other braces stay', () => {
    const command =
      'curl {{mesos.hostname}}:{{ thermos.ports[http] }}/{{mesos.instance}}/{{thermos.task_id}} {{x}} ${y}';
    expect(expandRefs(command, scope)).toBe('curl h:31000/3/t-1 {{x}} ${y}');
  });

  it.each(['{{thermos.ports[admin]}}', '{{mesos.role}}', '{{thermos.ports[__proto__]}}'])(
    '%s has no value',
    (ref) => {
      expect(() => expandRefs(`echo ${ref}`, scope)).toThrow(
        /has no value in instance 3; there are mesos\.instance/,
      );
    },
  );

  it('are named by tunnels, which go to a port of the task', () => {
    expect(readTunnel('8080:http', scope)).toEqual({ local: 8080, remote: 31000 });
    expect(() => readTunnel('8080:admin', scope)).toThrow('the task has no port "admin" (http)');
    expect(() => readTunnel('http', scope)).toThrow('allowed is PORT:NAME');
  });

  it('are one word for a shell', () => {
    expect(quoted("a'b c")).toBe("'a'\\''b c'");
  });
});

describe('completion', () => {
  it.each<[string[], string[]]>([
    [['j'], ['job']],
    [
      ['job', 'kill'],
      ['kill', 'killall'],
    ],
    [['job', 'create', '--wait-until', 'R'], ['RUNNING']],
    [['job', 'status', '--w'], ['--write-json']],
    [
      ['completion', ''],
      ['bash', 'zsh'],
    ],
    [['nothing', ''], []],
  ])('of %j is %j', (words, candidates) => {
    expect(complete(words).words).toEqual(candidates);
  });

  it('asks for keys, instances, files and clusters where they go', () => {
    expect(complete(['job', 'create', 'lo']).also).toBe('key');
    expect(complete(['job', 'create', '--wait', 'lo']).also).toBe('key');
    expect(complete(['job', 'create', '-m', 'why', 'a/b/c/d', '']).also).toBe('file');
    expect(complete(['job', 'kill', '']).also).toBe('instance');
    expect(complete(['capacity', '']).also).toBe('cluster');
    expect(complete(['job', 'kill', '--config', '']).also).toBe('file');
    expect(complete(['job', 'diff', '--from', '']).also).toBe('key');
  });

  it('of a key goes part by part', () => {
    const keys = ['local/www/prod/web', 'local/www/prod/api', 'local/mail/prod/in'];
    expect(keyCandidates(keys, 'local/')).toEqual(['local/mail/', 'local/www/']);
    expect(keyCandidates(keys, 'local/www/prod/')).toEqual(['local/www/prod/api', 'local/www/prod/web']);
  });
});
