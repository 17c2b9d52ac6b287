import type { Figures } from './figures-core.js';

/** What a command answers: an object, or one value. */
export type Answer = string | number | Readonly<Record<string, unknown>>;

/** What a command does with a request. */
export interface Reply {
  readonly status: number;
  readonly answer: Answer;
  /** Done once the answer is on its way. */
  readonly after?: () => void;
}

/** A long answer; `callback` is what it calls where it is for a script. */
export interface FiguresReply {
  readonly figures: Figures;
  readonly callback: string | null;
}

/** A name a script may have: what a JSONP answer calls. */
const CALLBACK = /^[A-Za-z_$][\w$]{0,63}(\.[A-Za-z_$][\w$]{0,63}){0,7}$/;

export function isCallback(text: string): boolean {
  return CALLBACK.test(text);
}

/** As Kestrel's admin port answers: anything that is no object becomes the `response` of one. */
export function toJson(answer: Answer): string {
  return `${JSON.stringify(typeof answer === 'object' ? answer : { response: answer })}\n`;
}

/** What is put around JSON to make it a call of `callback`, for script elements. The comment keeps it from being read as anything else. */
export function asScript(callback: string): readonly [before: string, after: string] {
  return [`/**/${callback}(`, ');\n'];
}

/** Sections of indented `name: value` lines, a distribution is one line. */
export function toText(answer: Answer): string {
  return typeof answer === 'object' ? `${lines(answer, '').join('\n')}\n` : `${answer}\n`;
}

/** Entries in one piece of a long answer. */
const ENTRIES_AT_ONCE = 2000;

/** The figures as one JSON object of maps, in pieces. */
export function* figuresJson(figures: Figures): Generator<string> {
  let before = '{';
  for (const [section, entries] of sections(figures)) {
    yield `${before}"${section}":{`;
    yield* pieces(entries, ',', ([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    before = '},';
  }
  yield '}}';
}

/** The figures as sections of indented lines, in pieces. */
export function* figuresText(figures: Figures): Generator<string> {
  for (const [section, entries] of sections(figures)) {
    yield `${section}:\n`;
    yield* pieces(entries, '', ([name, value]) => `${lines({ [name]: value }, '  ').join('\n')}\n`);
  }
}

function* pieces(
  entries: Iterable<Entry>,
  between: string,
  format: (entry: Entry) => string,
): Generator<string> {
  let piece: string[] = [];
  let before = '';
  for (const entry of entries) {
    piece.push(before, format(entry));
    before = between;
    if (piece.length < 2 * ENTRIES_AT_ONCE) continue;
    yield piece.join('');
    piece = [];
  }
  yield piece.join('');
}

type Entry = readonly [name: string, value: unknown];

function sections({ counters, gauges, labels, metrics }: Figures): readonly [string, Iterable<Entry>][] {
  return [
    ['counters', counters],
    ['gauges', gauges],
    ['labels', labels],
    ['metrics', summaries(metrics)],
  ];
}

function* summaries(metrics: Figures['metrics']): Generator<Entry> {
  for (const [name, metric] of metrics) yield [name, metric.summary()];
}

function lines(value: object, indent: string): string[] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) => {
    const name = oneLine(key);
    if (typeof inner !== 'object' || inner === null) return [`${indent}${name}: ${oneLine(inner)}`];
    const isFlat = indent !== '' && Object.values(inner).every((part) => typeof part === 'number');
    if (!isFlat) return [`${indent}${name}:`, ...lines(inner, `${indent}  `)];
    const parts = Object.entries(inner).map(
      ([part, number]: [string, unknown]) => `${part}=${oneLine(number)}`,
    );
    return [`${indent}${name}: (${parts.join(', ')})`];
  });
}

/** Names and values come from clients; a line is a line. */
function oneLine(value: unknown): string {
  return String(value).replaceAll(/[\r\n]/g, ' ');
}
