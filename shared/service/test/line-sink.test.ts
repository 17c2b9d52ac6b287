import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { lineSink } from '../src/log.js';

describe('where log lines go', () => {
  it('gets each at once, and one that nobody takes any more harms nobody', () => {
    const folder = mkdtempSync(join(tmpdir(), 'murmur-log-'));
    const path = join(folder, 'log');
    const fd = openSync(path, 'w');
    const sink = lineSink(fd);
    sink.write('one\n');
    sink.write('zwölf\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nzwölf\n');
    closeSync(fd);
    expect(() => {
      sink.write('lost\n');
    }).not.toThrow();
    rmSync(folder, { recursive: true });
  });
});
