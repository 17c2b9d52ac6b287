import type { Figures } from '../../src/admin/figures-core.js';
import {
  asScript,
  figuresJson,
  figuresText,
  isCallback,
  toJson,
  toText,
} from '../../src/admin/format-core.js';
import { Looks, LOOKERS_MAX } from '../../src/admin/looks-core.js';
import { Distribution } from '../../src/queue/distribution-core.js';

function figuresOf(counters: Readonly<Record<string, number>>, values: readonly number[] = []): Figures {
  const metric = new Distribution();
  for (const value of values) metric.add(value);
  return {
    counters: new Map(Object.entries(counters)),
    gauges: new Map([['items', 7]]),
    labels: new Map([['status', 'up']]),
    metrics: new Map(values.length === 0 ? [] : [['q/a/delivery_latency_msec', metric]]),
  };
}

const countersOf = (figures: Figures) => Object.fromEntries(figures.counters);

describe('the figures a namespace sees', () => {
  it('are all of them at first, then what has come since it last looked', () => {
    const looks = new Looks();
    expect(countersOf(looks.ofNamespace('a', figuresOf({ sets: 5 })))).toEqual({ sets: 5 });
    expect(countersOf(looks.ofNamespace('a', figuresOf({ sets: 8, gets: 2 })))).toEqual({ sets: 3, gets: 2 });
    expect(countersOf(looks.ofNamespace('a', figuresOf({ sets: 8, gets: 2 })))).toEqual({ sets: 0, gets: 0 });
  });

  it('are those of that namespace alone', () => {
    const looks = new Looks();
    looks.ofNamespace('a', figuresOf({ sets: 5 }));
    looks.ofNamespace('b', figuresOf({ sets: 6 }));
    expect(countersOf(looks.ofNamespace('a', figuresOf({ sets: 9 })))).toEqual({ sets: 4 });
    expect(countersOf(looks.ofNamespace('b', figuresOf({ sets: 9 })))).toEqual({ sets: 3 });
  });

  it('have gauges and labels as they are', () => {
    const looks = new Looks();
    looks.ofNamespace('a', figuresOf({}));
    const { gauges, labels } = looks.ofNamespace('a', figuresOf({}));
    expect([[...gauges], [...labels]]).toEqual([[['items', 7]], [['status', 'up']]]);
  });

  it('count a queue that was made anew from its new beginning', () => {
    const looks = new Looks();
    looks.ofNamespace('a', figuresOf({ sets: 5 }));
    expect(countersOf(looks.ofNamespace('a', figuresOf({ sets: 2 })))).toEqual({ sets: 2 });
  });

  it('have the new values of a distribution only, and none that has none', () => {
    const looks = new Looks();
    looks.ofNamespace('a', figuresOf({}, [1, 1, 1]));
    const { metrics } = looks.ofNamespace('a', figuresOf({}, [1, 1, 1, 9]));
    expect(metrics.get('q/a/delivery_latency_msec')?.summary()).toMatchObject({ count: 1, p50: 9, sum: 9 });
    expect(looks.ofNamespace('a', figuresOf({}, [1, 1, 1, 9])).metrics.size).toBe(0);
  });

  it('are forgotten for who has not looked for longest when there are too many', () => {
    const looks = new Looks();
    for (let i = 0; i < LOOKERS_MAX; i += 1) looks.ofNamespace(`n${i}`, figuresOf({ sets: 1 }));
    looks.ofNamespace('n0', figuresOf({ sets: 1 }));
    looks.ofNamespace('one more', figuresOf({ sets: 1 }));
    expect(countersOf(looks.ofNamespace('n0', figuresOf({ sets: 3 })))).toEqual({ sets: 2 });
    expect(countersOf(looks.ofNamespace('n1', figuresOf({ sets: 3 })))).toEqual({ sets: 3 });
  });
});

describe('the figures of a window', () => {
  it('are everything until the first one is whole, then what was counted in the last', () => {
    const looks = new Looks();
    const at = (now: number, sets: number) => countersOf(looks.ofWindow(60, figuresOf({ sets }), now));
    expect(at(0, 5)).toEqual({ sets: 5 });
    expect(at(59_999, 7)).toEqual({ sets: 7 });
    expect(at(60_000, 8)).toEqual({ sets: 3 });
    expect(at(90_000, 20)).toEqual({ sets: 3 });
    expect(at(120_000, 21)).toEqual({ sets: 13 });
  });
});

describe('an answer', () => {
  it('is JSON; what is no object becomes the response of one', () => {
    expect(toJson('pong')).toBe('{"response":"pong"}\n');
    expect(toJson({ a: 1 })).toBe('{"a":1}\n');
  });

  it('is a call of the callback for a script', () => {
    expect(asScript('show').join('{}')).toBe('/**/show({});\n');
  });

  it('is one JSON object, however many pieces it comes in', () => {
    const counters = Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`q/"${i}"/items`, i]));
    const pieces = [...figuresJson(figuresOf(counters, [4]))];
    expect(pieces.length).toBeGreaterThan(5);
    expect(JSON.parse(pieces.join(''))).toMatchObject({
      counters,
      gauges: { items: 7 },
      labels: { status: 'up' },
      metrics: { 'q/a/delivery_latency_msec': { count: 1 } },
    });
    expect(JSON.parse([...figuresJson(figuresOf({}))].join(''))).toMatchObject({ counters: {}, metrics: {} });
  });

  it.each(['show', 'a.b.c', '$x_1'])('may call %j', (name) => {
    expect(isCallback(name)).toBe(true);
  });

  it.each(['', '1x', 'a..b', 'alert(1)', 'a;b', 'x'.repeat(65), 'a'.concat('.a'.repeat(8))])(
    'never calls %j',
    (name) => {
      expect(isCallback(name)).toBe(false);
    },
  );

  it('is sections of indented lines as text, with a distribution in one line', () => {
    const text = [...figuresText(figuresOf({ a: 1, b: 2 }, [4, 4]))].join('');
    expect(text).toBe(
      [
        'counters:',
        '  a: 1',
        '  b: 2',
        'gauges:',
        '  items: 7',
        'labels:',
        '  status: up',
        'metrics:',
        '  q/a/delivery_latency_msec: (count=2, minimum=4, maximum=4, sum=8, average=4, p50=4, p90=4, p95=4, p99=4, p999=4, p9999=4)',
        '',
      ].join('\n'),
    );
    expect(toText('pong')).toBe('pong\n');
    expect(toText({ error: 'a\r\nb' })).toBe('error: a  b\n');
  });
});
