import { idToMs } from '@murmur/model';
import { ApiError } from '@murmur/public-api';
import { CLOCK_WAIT_MAX_MS, idSource } from '../src/ids.js';

describe('ids', () => {
  it('without a worker id there are none', async () => {
    await expect(idSource({ current: () => null }, Date.now).next()).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it('rise, however many are asked for at once, and across leases', async () => {
    let worker = 7;
    const ids = idSource({ current: () => worker }, Date.now);
    const first = await Promise.all(Array.from({ length: 200 }, () => ids.next()));
    worker = 3;
    const second = await Promise.all(Array.from({ length: 200 }, () => ids.next()));
    expect(new Set([...first, ...second]).size).toBe(400);
    const by = (a: bigint, b: bigint) => (a < b ? -1 : 1);
    expect(first.sort(by).at(-1)).toBeLessThan(second.sort(by)[0] ?? 0n);
    const workerOf = (id: bigint) => (id >> 6n) & 1023n;
    expect(new Set(first.map(workerOf))).toEqual(new Set([7n]));
    expect(new Set(second.map(workerOf))).toEqual(new Set([3n]));
  });

  it('stop at once when the lease is lost', async () => {
    let worker: number | null = 1;
    const ids = idSource({ current: () => worker }, Date.now);
    await ids.next();
    worker = null;
    await expect(ids.next()).rejects.toThrow(ApiError);
  });

  it('a clock that was set far back is not waited for, and not trusted', async () => {
    let nowMs = Date.now();
    const ids = idSource({ current: () => 1 }, () => nowMs++);
    const id = await ids.next();
    nowMs -= CLOCK_WAIT_MAX_MS * 10;
    await expect(ids.next()).rejects.toMatchObject({ code: 'unavailable' });
    nowMs = idToMs(id) - 5;
    expect(await ids.next()).toBeGreaterThan(id);
  });
});
