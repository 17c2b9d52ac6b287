import fc from 'fast-check';
import { EMPTY_PAUSE_MS } from '../src/defaults.js';
import { ReadCore } from '../src/read-core.js';
import type { Reply } from '../src/reply-parser-core.js';

const END: Reply = { kind: 'end' };
const item = (text: string): Reply => ({ kind: 'item', queue: 'q', data: Buffer.from(text) });
const texts = (batch: readonly Buffer[]): string[] => batch.map(String);

describe('the read core', () => {
  it('begins with a monitor of half a batch', () => {
    expect(new ReadCore('q', 10, 1).nextRequest(0, false)).toBe('monitor q 1 5\r\n');
  });

  it('says nothing while a monitor runs, even when items are done', () => {
    const core = new ReadCore('q', 10, 1);
    core.nextRequest(0, false);
    core.onReply(item('a'), 1);
    expect(texts(core.takeBatch())).toEqual(['a']);
    core.batchDone();
    expect(core.nextRequest(2, false)).toBeNull();
  });

  it('confirms what is done and monitors on in one request', () => {
    const core = new ReadCore('q', 10, 1);
    core.nextRequest(0, false);
    for (const reply of [item('a'), item('b')]) core.onReply(reply, 1);
    core.takeBatch();
    core.batchDone();
    core.onReply(END, 1000);
    expect(core.nextRequest(1000, false)).toBe('confirm q 2\r\nmonitor q 1 5\r\n');
  });

  it('starts the next monitor while the handler is busy with the first half', () => {
    const core = new ReadCore('q', 4, 1);
    core.nextRequest(0, false);
    for (const reply of [item('a'), item('b'), END]) core.onReply(reply, 1);
    core.takeBatch();
    expect(core.nextRequest(1, false)).toBe('monitor q 1 2\r\n');
    for (const reply of [item('c'), item('d'), END]) core.onReply(reply, 2);
    expect(core.nextRequest(2, false)).toBeNull();
    core.batchDone();
    expect(texts(core.takeBatch())).toEqual(['c', 'd']);
    expect(core.nextRequest(3, false)).toBe('confirm q 2\r\nmonitor q 1 2\r\n');
  });

  it('waits for the handler after an empty monitor: the server may be at its open-read limit', () => {
    const core = new ReadCore('q', 100, 1);
    core.nextRequest(0, false);
    for (const reply of [item('a'), END]) core.onReply(reply, 1);
    core.takeBatch();
    expect(core.nextRequest(1, false)).toBe('monitor q 1 50\r\n');
    core.onReply(END, 2);
    expect(core.nextRequest(2, false)).toBeNull();
    core.batchDone();
    expect(core.nextRequest(3, false)).toBe('confirm q 1\r\nmonitor q 1 50\r\n');
  });

  it('pauses after a monitor that ended early and empty', () => {
    const core = new ReadCore('q', 10, 1);
    core.nextRequest(0, false);
    core.onReply(END, 1);
    expect(core.nextRequest(1, false)).toBeNull();
    expect(core.pausedUntilMs()).toBe(1 + EMPTY_PAUSE_MS);
    expect(core.nextRequest(1 + EMPTY_PAUSE_MS, false)).toBe('monitor q 1 5\r\n');
    expect(core.pausedUntilMs()).toBeNull();
  });

  it('only confirms while stopping', () => {
    const core = new ReadCore('q', 10, 1);
    core.nextRequest(0, false);
    for (const reply of [item('a'), END]) core.onReply(reply, 1);
    core.takeBatch();
    core.batchDone();
    expect(core.settled()).toBe(false);
    expect(core.nextRequest(1, true)).toBe('confirm q 1\r\n');
    core.onReply(END, 2);
    expect(core.settled()).toBe(true);
    expect(core.nextRequest(2, true)).toBeNull();
  });

  it('finds replies that answer nothing out of step', () => {
    const core = new ReadCore('q', 10, 1);
    expect(core.onReply(END, 0)).toBe(false);
    expect(core.onReply(item('a'), 0)).toBe(false);
    core.nextRequest(0, false);
    expect(core.onReply({ kind: 'error', line: 'ERROR' }, 0)).toBe(false);
  });

  it('never has more than batchMax open, never confirms what is not done, and hands out all in order', () => {
    const step = fc.constantFrom('item', 'end', 'take', 'done', 'ask');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 7 }), fc.array(step, { maxLength: 120 }), (batchMax, steps) => {
        const server = { monitorLeft: 0, confirmDue: false, open: 0, sent: 0 };
        const core = new ReadCore('q', batchMax, 1);
        const handed: string[] = [];
        let handled = 0;
        let confirmed = 0;
        const ask = (now: number): void => {
          for (const [, verb, a, b] of (core.nextRequest(now, false) ?? '').matchAll(
            /(monitor|confirm) q (\d+) ?(\d*)\r\n/g,
          )) {
            if (verb === 'confirm') {
              confirmed += Number(a);
              server.open -= Number(a);
              expect(confirmed).toBeLessThanOrEqual(handled);
              core.onReply(END, now);
            } else server.monitorLeft = Number(b);
          }
        };
        steps.forEach((name, i) => {
          const now = i * 1000;
          if (name === 'ask') ask(now);
          if (name === 'item' && server.monitorLeft > 0) {
            server.monitorLeft -= 1;
            server.open += 1;
            expect(core.onReply(item(String(server.sent++)), now)).toBe(true);
            if (server.monitorLeft === 0) expect(core.onReply(END, now)).toBe(true);
          }
          if (name === 'end' && server.monitorLeft > 0) {
            server.monitorLeft = 0;
            expect(core.onReply(END, now)).toBe(true);
          }
          if (name === 'take') handed.push(...texts(core.takeBatch()));
          if (name === 'done') {
            core.batchDone();
            handled = handed.length;
          }
          expect(server.open).toBeLessThanOrEqual(batchMax);
          expect(core.open()).toBe(server.open);
        });
        expect(handed).toEqual(handed.map((_, i) => String(i)));
      }),
    );
  });
});
