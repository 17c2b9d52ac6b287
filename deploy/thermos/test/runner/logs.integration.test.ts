import { appendFile, mkdir, readdir, readFile, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stopAll, waitFor } from '@murmur/testkit';
import { rotateLog } from '../../src/runner/rotation.js';
import type { RunnerLogger } from '../../src/runner/index.js';
import { isRoot, leftIn, newPlace, NOBODY, optionsFor, outputOf, started, untilFile } from './support.js';
import { process, task } from './transcript.js';

afterAll(stopAll);

const numbers = (text: string): readonly number[] => text.split('\n').filter(Boolean).map(Number);

describe('logs', () => {
  it('go into .logs/<process>/<run>, to the console, to both or nowhere, as each process says', async () => {
    const place = await newPlace();
    const logger = (destination: RunnerLogger['destination']) => ({
      logger: { destination, mode: 'standard' } as const,
    });
    const cmdline = 'echo out; echo err >&2';
    const runner = await started(
      optionsFor(
        place,
        task([
          process('default', { cmdline }),
          process('none', { cmdline: 'echo out; readlink /proc/$$/fd/1 >none', ...logger('none') }),
        ]),
      ),
    );
    await runner.finished;
    expect(await outputOf(place, 'default')).toBe('out\n');
    expect(await outputOf(place, 'default', 0, 'stderr')).toBe('err\n');
    expect(await readFile(join(place.sandbox, 'none'), 'utf8')).toBe('/dev/null\n');
    expect(await readdir(join(place.sandbox, '.logs'))).toEqual(['default']);
  });

  it('are rotated by size while their process writes on, with nothing lost of what is kept', async () => {
    const place = await newPlace();
    const rotate = { log_size: 15_000, backups: 2 };
    // It waits for the rotation after each piece: what is written within one is another test's.
    const cmdline = `
      n=0
      for piece in 1 2 3 4; do
        for i in {1..4000}; do echo $((n += 1)); done
        until [ ! -s .logs/a/0/stdout ]; do sleep 0.02; done
      done
      echo end >end; sleep 1000`;
    const runner = await started(
      optionsFor(place, task([process('a', { cmdline })]), {
        loggerDefaults: { destination: 'file', mode: 'rotate', rotate },
        logCheckMs: 100,
      }),
    );
    await untilFile(place, 'end', 'end');
    const folder = join(place.sandbox, '.logs', 'a', '0');
    const files = (await readdir(folder)).sort();
    expect(files).toEqual(['stderr', 'stdout', 'stdout.1', 'stdout.2']);
    const kept = await Promise.all(
      ['stdout.2', 'stdout.1'].map((file) => readFile(join(folder, file), 'utf8')),
    );
    const all = kept.flatMap(numbers);
    expect(all.at(-1)).toBe(16_000);
    expect(all).toEqual(all.map((_, i) => (all[0] ?? 0) + i));
    await runner.kill(0);
  });

  it('are not rotated in mode standard', async () => {
    const place = await newPlace();
    const rotate = { log_size: 10, backups: 1 };
    const runner = await started(
      optionsFor(place, task([process('a', { cmdline: 'echo more than ten bytes' })]), {
        loggerDefaults: { destination: 'file', mode: 'standard', rotate },
        logCheckMs: 10,
      }),
    );
    await runner.finished;
    expect(await readdir(join(place.sandbox, '.logs', 'a', '0'))).toEqual(['stderr', 'stdout']);
  });

  it('are shifted, the oldest dropped, and begun anew; below their size they are left alone', async () => {
    const place = await newPlace();
    const path = join(place.sandbox, 'log');
    for (const text of ['one', 'two', 'three', 'four']) {
      await appendFile(path, text);
      expect(await rotateLog(path, { bytesMax: 3, backups: 2, as: [] })).toBe(true);
    }
    await appendFile(path, '5');
    expect(await rotateLog(path, { bytesMax: 3, backups: 2, as: [] })).toBe(false);
    const texts = ['log', 'log.1', 'log.2'].map((name) => readFile(join(place.sandbox, name), 'utf8'));
    expect(await Promise.all(texts)).toEqual(['5', 'four', 'three']);
    expect(await readdir(place.sandbox)).toHaveLength(3);
  });

  it('are only truncated when there are to be no backups', async () => {
    const place = await newPlace();
    const path = join(place.sandbox, 'log');
    await writeFile(path, 'text');
    await rotateLog(path, { bytesMax: 1, backups: 0, as: [] });
    expect(await readdir(place.sandbox)).toEqual(['log']);
    expect((await stat(path)).size).toBe(0);
  });

  it('are kept whole when there is no room for the copy', async () => {
    const place = await newPlace();
    const path = join(place.sandbox, 'log');
    await writeFile(path, 'text');
    await mkdir(`${path}.1`);
    await mkdir(join(`${path}.1`, 'log'));
    await expect(rotateLog(path, { bytesMax: 1, backups: 1, as: [] })).rejects.toThrow('Command failed');
    expect(await readFile(path, 'utf8')).toBe('text');
  });

  it('are never followed out of the sandbox', async () => {
    const place = await newPlace();
    const outside = join(place.base, 'outside');
    await writeFile(outside, 'precious');
    await symlink(outside, join(place.sandbox, 'log'));
    await rotateLog(join(place.sandbox, 'log'), { bytesMax: 1, backups: 1, as: [] });
    expect(await readFile(outside, 'utf8')).toBe('precious');
    await truncate(outside, 0);
  });
});

(isRoot ? describe : describe.skip)('another user', () => {
  it('owns the processes and their logs, and can neither read nor write the checkpoint', async () => {
    const place = await newPlace(NOBODY);
    const folder = join(place.checkpointRoot, 'task-1');
    const cmdline = `id -un; id -u; grep Groups /proc/self/status; ls ${folder}; echo x >${folder}/x; echo $LOGNAME`;
    const runner = await started(optionsFor(place, task([process('a', { cmdline })]), { user: 'nobody' }));
    await runner.finished;
    const [name, uid, groups, ...rest] = (await outputOf(place, 'a')).split('\n');
    expect([name, uid, ...rest]).toEqual(['nobody', String(NOBODY), 'nobody', '']);
    expect(groups?.trim()).toMatch(/^Groups:\s*(65534)?$/);
    expect((await stat(join(place.sandbox, '.logs', 'a', '0', 'stdout'))).uid).toBe(NOBODY);
    expect((await stat(folder)).mode & 0o777).toBe(0o700);
    expect(await readdir(folder)).not.toContain('x');
  });

  it('cannot have the runner write or rotate where that user may not', async () => {
    const place = await newPlace(NOBODY);
    const outside = join(place.base, 'outside');
    await mkdir(outside);
    await writeFile(join(outside, 'stdout'), 'precious');
    await symlink(outside, join(place.sandbox, 'logs'));
    const trap = process('trap', { cmdline: 'mkdir -p .logs/later && ln -s ../../logs .logs/later/0' });
    const later = process('later', { cmdline: 'echo hacked' });
    const runner = await started(
      optionsFor(place, task([trap, later], { constraints: [{ order: ['trap', 'later'] }] }), {
        user: 'nobody',
      }),
    );
    expect(await runner.finished).toMatchObject({
      state: 'FAILED',
      processes: [{ state: 'SUCCESS' }, { returnCode: 125 }],
    });
    const as = ['setpriv', `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--'];
    await expect(
      rotateLog(join(place.sandbox, 'logs', 'stdout'), { bytesMax: 1, backups: 1, as }),
    ).rejects.toThrow();
    expect(await readFile(join(outside, 'stdout'), 'utf8')).toBe('precious');
  });

  it('must exist, and be one that the runner may become', async () => {
    const place = await newPlace();
    const options = optionsFor(place, task([process('a')]), { user: 'no-such-user' });
    await expect(started(options)).rejects.toThrow('user "no-such-user": there is none of that name');
    await expect(started({ ...options, user: '--help' })).rejects.toThrow(
      'user "--help": is not the name of a user',
    );
  });

  it('is killed as well as any', async () => {
    const place = await newPlace(NOBODY);
    const cmdline = 'trap "" TERM; echo up >up; sleep 1000; :';
    const runner = await started(optionsFor(place, task([process('a', { cmdline })]), { user: 'nobody' }));
    await waitFor(() => untilFile(place, 'up', 'up'), { what: 'the process' });
    expect((await runner.kill(100)).processes).toMatchObject([{ state: 'KILLED', returnCode: -9 }]);
    expect(leftIn(place.base)).toEqual([]);
  });
});
