import { jest } from '@jest/globals';
import { stopAll } from '@murmur/testkit';
import { startTestKestrel } from '../server.js';

jest.setTimeout(60_000);

afterEach(stopAll);

const QUEUES = 450;

describe('the metrics of more queues than are told in one piece', () => {
  it('have each queue once, in order, below one head for each metric', async () => {
    const kestrel = await startTestKestrel({ default: { keepJournal: false } });
    const wire = await kestrel.connect();
    await wire.send(Array.from({ length: QUEUES }, (_, i) => `set q${i} 0 0 1\r\na\r\n`).join(''));
    for (let i = 0; i < QUEUES; i += 1) expect(await wire.readUntil()).toBe('STORED');
    const text = await (await fetch(`http://127.0.0.1:${kestrel.port}/metrics`)).text();
    const items = text.split('\n').filter((line) => line.includes('murmur_kestrel_items'));
    expect(items).toEqual([
      '# HELP murmur_kestrel_items Items queued, without open reads',
      '# TYPE murmur_kestrel_items gauge',
      ...Array.from({ length: QUEUES }, (_, i) => `murmur_kestrel_items{queue="q${i}"} 1`),
    ]);
  });
});
