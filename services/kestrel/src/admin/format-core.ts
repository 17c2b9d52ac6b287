import type { Figures } from './figures-core.js';

/** What a command answers: an object, or one value. */
export type Answer = string | number | Readonly<Record<string, unknown>>;

/** What a command does with a request. */
export interface Reply {
  readonly status: number;
  readonly answer: Answer;
  /** What a JSONP answer calls. */
  readonly callback?: string;
  /** Done once the answer is on its way. */
  readonly after?: () => void;
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

/** A call of `callback` with the answer, for script elements. The comment keeps it from being read as anything else. */
export function toScript(answer: Answer, callback: string): string {
  return `/**/${callback}(${toJson(answer).trimEnd()});\n`;
}

/** Sections of indented `name: value` lines, names in order; a distribution is one line. */
export function toText(answer: Answer): string {
  return typeof answer === 'object' ? `${lines(answer, '').join('\n')}\n` : `${answer}\n`;
}

/** The figures as maps, each in the order of its names. */
export function figuresAnswer({ counters, gauges, labels, metrics }: Figures): Answer {
  const summaries = new Map([...metrics].map(([name, metric]) => [name, metric.summary()]));
  return {
    counters: sorted(counters),
    gauges: sorted(gauges),
    labels: sorted(labels),
    metrics: sorted(summaries),
  };
}

function sorted(map: ReadonlyMap<string, unknown>): Readonly<Record<string, unknown>> {
  return Object.fromEntries([...map].sort(([a], [b]) => (a < b ? -1 : 1)));
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
