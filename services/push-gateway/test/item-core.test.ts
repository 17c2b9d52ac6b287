import { historyFrom } from '../src/history-core.js';
import { DeleteItem, renderGap, UpdateItem } from '../src/item-core.js';
import { account, idAt, status } from './support/builders.js';

const item = (ms: number): UpdateItem => new UpdateItem(status(idAt(ms)), account(), 'http://h');

describe('an update', () => {
  it('is the same bytes for all readers that had nothing lately', () => {
    const one = item(60_000);
    const a = one.forLive(historyFrom(idAt(0)), false);
    const b = one.forLive(historyFrom(idAt(7)), false);
    expect(a.history).toBe(b.history);
    expect(a.bytes('sse')).toBe(b.bytes('sse'));
    expect(a.bytes('ws')).toBe(b.bytes('ws'));
  });

  it('stays shared by readers that go on getting the same', () => {
    let [a, b] = [historyFrom(idAt(0)), historyFrom(idAt(7))];
    for (const ms of [60_000, 60_010, 60_020]) {
      const one = item(ms);
      const [toA, toB] = [one.forLive(a, false), one.forLive(b, false)];
      expect(toA.bytes('sse')).toBe(toB.bytes('sse'));
      [a, b] = [toA.history, toB.history];
    }
    expect(a.seen).toEqual([idAt(60_020), idAt(60_010), idAt(60_000)]);
  });

  it('has its own id line for a reader with other recent deliveries', () => {
    const one = item(60_000);
    const other = item(59_000).forLive(historyFrom(idAt(0)), false).history;
    const bytes = one.forLive(other, false).bytes('sse').toString();
    expect(bytes).toContain(`id: ${String(other.floor + (1000n << 16n))},${idAt(60_000)},${idAt(59_000)}\n`);
    expect(
      one
        .forLive(historyFrom(idAt(0)), false)
        .bytes('sse')
        .toString(),
    ).not.toBe(bytes);
  });

  it('carries the entity with links to the public origin', () => {
    const text = item(0).forLive(historyFrom(0n), false).bytes('sse').toString();
    const data = /^data: (.*)$/m.exec(text)?.[1] ?? '';
    expect(JSON.parse(data)).toMatchObject({ id: String(idAt(0)), url: `http://h/@bob/${idAt(0)}` });
  });
});

describe('a delete', () => {
  it('is the same bytes for everybody', () => {
    const gone = new DeleteItem(5n);
    expect(gone.bytes('ws')).toBe(gone.bytes('ws'));
    expect(gone.bytes('sse').toString()).toBe('event: delete\ndata: 5\n\n');
  });
});

describe('a gap', () => {
  it('says between which ids, and moves the cursor past it', () => {
    expect(renderGap('sse', 3n, 10n, historyFrom(9n, [12n])).toString()).toBe(
      'event: gap\nid: 9,12\ndata: {"after":"3","before":"10"}\n\n',
    );
  });
});
