import {
  backupName,
  backupNames,
  BACKUPS_MAX,
  backupTime,
  newestLog,
  planLog,
  segmentName,
  segmentsAfter,
  snapshotName,
  surplusBackups,
} from '../../src/storage/names-core.js';

describe('the files of a log', () => {
  it('are the newest snapshot, the segments that go on after it, and what a crash left', () => {
    const names = [1, 101, 201, 251].map(segmentName);
    const plan = planLog([
      ...names,
      snapshotName(100),
      snapshotName(220),
      `${segmentName(300)}.tmp`,
      'notes',
    ]);
    expect(plan).toEqual({
      snapshot: 220,
      segments: [201, 251],
      stale: [`${segmentName(300)}.tmp`, snapshotName(100), segmentName(1), segmentName(101)],
    });
  });

  it('are none in an empty folder', () => {
    expect(planLog([])).toEqual({ snapshot: null, segments: [], stale: [] });
  });

  it.each([
    [[1, 11, 21], 0, [1, 11, 21]],
    [[1, 11, 21], 9, [1, 11, 21]],
    [[1, 11, 21], 10, [11, 21]],
    [[1, 11, 21], 20, [21]],
    [[1, 11, 21], 1000, [21]],
    [[], 5, []],
  ])('that begin at %j are needed after position %i: %j', (firsts, position, needed) => {
    expect(segmentsAfter(firsts, position)).toEqual(needed);
  });
});

describe('the log that counts', () => {
  it('is the one with the highest number', () => {
    expect(newestLog(['log-000002', 'log-000010', 'log-1', 'restore.tmp', 'log-000011.old'])).toBe(10);
    expect(newestLog(['backups'])).toBeNull();
  });
});

describe('the name of a backup', () => {
  const at = Date.UTC(2026, 10, 22, 4, 26, 6, 789);

  it('is its second in UTC, and can be read', () => {
    expect(backupName(at)).toBe('backup-2026-11-22-04-26-06');
    expect(backupTime(backupName(at))).toBe(at - 789);
  });

  it('is nothing else', () => {
    for (const name of [
      'backup-2026-13-22-04-26-06',
      'backup-2026-11-22',
      '../backup-2026-11-22-04-26-06',
      '',
    ]) {
      expect(backupTime(name)).toBeNull();
    }
    expect(backupNames(['x', backupName(at), `${backupName(at)}.tmp`, backupName(0)])).toEqual([
      backupName(0),
      backupName(at),
    ]);
  });

  it('says which go beyond the bound: the oldest, but never the one just made', () => {
    const names = Array.from({ length: BACKUPS_MAX + 2 }, (_, i) => backupName(at + i * 1000));
    expect(surplusBackups(names.slice(0, BACKUPS_MAX), names[0] ?? '')).toEqual([]);
    expect(surplusBackups(names, names.at(-1) ?? '')).toEqual(names.slice(0, 2));
    expect(surplusBackups(names, names[0] ?? '')).toEqual(names.slice(1, 3));
  });
});
