import { CURSOR_IDS_MAX, CURSOR_OVERLAP_MS, cursorOf, firstIdOf, type Id } from '@murmur/model';
import fc from 'fast-check';
import {
  afterGap,
  afterLive,
  afterReplay,
  historyFrom,
  overlapFloor,
  released,
} from '../src/history-core.js';

const START_MS = 1_795_000_000_000;
const at = (ms: number): Id => firstIdOf(START_MS + ms) + 1n;
const ids = fc.array(
  fc.integer({ min: 0, max: 20_000 }).map((ms) => at(ms)),
  { maxLength: 120 },
);

describe('a history', () => {
  it('is the cursor of what was read, however the statuses came', () => {
    fc.assert(
      fc.property(ids, (read) => {
        let history = historyFrom(at(0) - 1n);
        read.forEach((id) => (history = afterLive(history, id, false)));
        const whole = cursorOf(read, at(0) - 1n);
        expect(history.floor >= whole.floor).toBe(true);
        for (const id of read) expect(id <= history.floor || history.seen.includes(id)).toBe(true);
        expect(history.seen.length).toBeLessThanOrEqual(CURSOR_IDS_MAX);
      }),
    );
  });

  it('lists what came within the overlap, newest first, and forgets the rest', () => {
    let history = historyFrom(at(0));
    for (const ms of [100, 300, 200]) history = afterLive(history, at(ms), false);
    expect(history).toEqual({ floor: at(0), seen: [at(300), at(200), at(100)] });
    const late = at(CURSOR_OVERLAP_MS + 250);
    expect(afterLive(history, late, false)).toEqual({ floor: overlapFloor(late), seen: [late, at(300)] });
  });

  it('keeps its floor while something may be missing, and lets it rise once nothing is', () => {
    const late = at(60_000);
    const held = afterLive(historyFrom(at(0)), late, true);
    expect(held).toEqual({ floor: at(0), seen: [late] });
    expect(released(held)).toEqual({ floor: overlapFloor(late), seen: [late] });
    expect(released(historyFrom(at(0)))).toEqual(historyFrom(at(0)));
  });

  it('is not changed by what it knows', () => {
    const history = afterLive(historyFrom(at(0)), at(10), false);
    expect(afterLive(history, at(10), false)).toBe(history);
    expect(afterLive(history, at(-5), false)).toBe(history);
    expect(afterReplay(history, at(10))).toBe(history);
  });

  it('never rises above a status that a replay has still to send', () => {
    const property = fc.property(ids, ids, (live, missing) => {
      const found = [...new Set(missing)].filter((id) => !live.includes(id)).sort((a, b) => (a < b ? -1 : 1));
      let history = historyFrom(at(0) - 1n);
      live.slice(0, CURSOR_IDS_MAX).forEach((id) => (history = afterLive(history, id, true)));
      found.forEach((id, i) => {
        history = afterReplay(history, id);
        for (const waiting of found.slice(i + 1)) {
          expect(history.floor < waiting).toBe(true);
          expect(history.seen).not.toContain(waiting);
        }
        expect(history.seen.length).toBeLessThanOrEqual(CURSOR_IDS_MAX);
      });
    });
    fc.assert(property);
  });

  it('gives up what a gap covers, and nothing above it', () => {
    const history = afterLive(historyFrom(at(0)), at(900), true);
    expect(afterGap(history, at(500))).toEqual({ floor: at(500) - 1n, seen: [at(900)] });
    expect(afterGap(history, at(0))).toBe(history);
  });
});
