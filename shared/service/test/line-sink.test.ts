import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { HELD_BYTES_MAX, lineSink } from '../src/line-sink.js';

const PIPE_BYTES_MAX = 4 * 1024 * 1024;
let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'murmur-log-'));
  path = join(folder, 'log');
});
afterEach(() => rmSync(folder, { recursive: true }));

/** A pipe with nobody else at its ends; it does not block. */
function openPipe(): number {
  execFileSync('mkfifo', [path]);
  return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
}

/** What is in the pipe now. */
function take(fd: number): string {
  const into = Buffer.alloc(PIPE_BYTES_MAX);
  let length = 0;
  try {
    for (;;) length += readSync(fd, into, length, into.length - length, null);
  } catch (error) {
    expect((error as NodeJS.ErrnoException).code).toBe('EAGAIN');
  }
  return into.toString('utf8', 0, length);
}

const line = (n: number): string => `${n}:`.padEnd(999, 'x') + '\n';

describe('where log lines go', () => {
  it('gets each at once, and one that nobody takes any more harms nobody', () => {
    const fd = openSync(path, 'w');
    const sink = lineSink(fd);
    sink.write('one\n');
    sink.write('zwölf\n');
    expect(readFileSync(path, 'utf8')).toBe('one\nzwölf\n');
    closeSync(fd);
    expect(() => {
      sink.write('lost\n');
      sink.flush(0);
    }).not.toThrow();
  });

  it('gets all of them, whole and in order, when it is a pipe that was full', () => {
    const fd = openPipe();
    const sink = lineSink(fd);
    const lines = Array.from({ length: 300 }, (_, n) => line(n));
    for (const text of lines) sink.write(text);
    let got = '';
    for (let reads = 0; reads < 100 && got.length < 300 * 1000; reads += 1) {
      got += take(fd);
      sink.flush(0);
    }
    expect(got).toBe(lines.join(''));
    closeSync(fd);
  });

  it('is told how many lines were dropped while nobody took them, and none is torn', () => {
    const fd = openPipe();
    const sink = lineSink(fd);
    const count = 2 * Math.ceil(HELD_BYTES_MAX / 1000);
    for (let n = 0; n < count; n += 1) sink.write(line(n));
    let got = '';
    for (let reads = 0; reads < 100 && !got.endsWith('"}\n'); reads += 1) {
      got += take(fd);
      sink.flush(0);
    }
    const lines = got.trimEnd().split('\n');
    const notice = JSON.parse(lines.pop() ?? '') as { dropped: number };
    expect(lines).toEqual(lines.map((_, n) => line(n).trimEnd()));
    expect(lines.length + notice.dropped).toBe(count);
    sink.write('after\n');
    expect(take(fd)).toBe('after\n');
    closeSync(fd);
  });
});
