import fc from 'fast-check';
import {
  encodeChanges,
  encodeHeader,
  readCheckpoint,
  RECORDS_PER_RUN_MAX,
  replayCheckpoint,
  viewOf,
} from '../../src/runner/checkpoint-core.js';
import { newGraph, RUNS_MAX, type Graph, type GraphEvent } from '../../src/runner/graph-core.js';
import { step } from '../../src/runner/step-core.js';
import { process, task } from './transcript.js';

const of = task([
  process('a', { max_failures: 0, min_duration: 0, cmdline: 'echo "ünï ☃"' }),
  process('x', { final: true }),
]);
const header = { taskId: 't-1', sandbox: '/box', user: 'www', task: of };

/** Plays events a second apart and gives the checkpoint's text, with the graph after each. */
function written(events: readonly GraphEvent[], given = of): { text: string; graphs: Graph[] } {
  let graph = newGraph(given, 0);
  let text = encodeHeader({ ...header, task: given }, 0);
  const graphs = [graph];
  for (const [i, event] of events.entries()) {
    const next = step(graph, event, i * 1_000);
    text += encodeChanges(graph, next.graph, i * 1_000);
    ({ graph } = next);
    graphs.push(graph);
  }
  return { text, graphs };
}

const LIFE: readonly GraphEvent[] = [
  { type: 'tick' },
  { type: 'running', process: 'a', run: 0, pid: 4711, startTicks: 9 },
  { type: 'ended', process: 'a', run: 0, returnCode: 3, at: 2_000 },
  { type: 'running', process: 'a', run: 1, pid: 4712, startTicks: 12 },
  { type: 'kill', graceMs: 5_000 },
  { type: 'kill', graceMs: 10 },
  { type: 'ended', process: 'a', run: 1, returnCode: -15, at: 6_000 },
  { type: 'lost', process: 'x', run: 0 },
  { type: 'ended', process: 'x', run: 0, returnCode: 0, at: 8_000 },
];

describe('a checkpoint', () => {
  it('gives back what was known at the end, and shows it to an observer', () => {
    const { text, graphs } = written(LIFE);
    const last = graphs.at(-1)!;
    const found = readCheckpoint(text)!;
    expect(found.graph).toEqual({ ...last, signals: new Map() });
    expect(found).toMatchObject(header);
    expect(replayCheckpoint(text)).toEqual(viewOf(header, last));
  });

  it('is read when it was cut at any byte: what is whole counts, the torn line never happened', () => {
    const bytes = Buffer.from(written(LIFE).text);
    for (let i = 0; i <= bytes.length; i += 1) {
      const cut = bytes.subarray(0, i);
      const whole = cut.subarray(0, cut.lastIndexOf('\n') + 1);
      const found = readCheckpoint(cut.toString());
      expect(found?.wholeBytes ?? 0).toBe(whole.length);
      expect(found).toEqual(readCheckpoint(whole.toString()));
      expect(found === null).toBe(whole.length === 0);
    }
  });

  it('is nothing at all before its first line is whole', () => {
    expect(replayCheckpoint('')).toBeNull();
    expect(replayCheckpoint('{"type":"task"')).toBeNull();
  });

  it('can be continued from any moment: a tick after the crash goes on as if there had been none', () => {
    const { text } = written(LIFE);
    const lines = text.split('\n').slice(0, -1);
    for (let i = 1; i <= lines.length; i += 1) {
      const { graph } = readCheckpoint(`${lines.slice(0, i).join('\n')}\n`)!;
      const later = step(graph, { type: 'recovered' }, 100_000);
      expect(() => step(later.graph, { type: 'kill', graceMs: 0 }, 100_000)).not.toThrow();
    }
  });

  it.each([
    ['rubbish\n', 'checkpoint line 1: is not a JSON object'],
    ['[]\n', 'checkpoint line 1: is not a JSON object'],
    ['{"type":"task","version":2}\n', 'checkpoint line 1: task of version 2, wanted task of version 1'],
    ['{"type":"task","version":1,"task":{}}\n', 'checkpoint line 1: task is not a task'],
  ])('is refused with the number of its bad line: %j', (text, message) => {
    expect(() => readCheckpoint(text)).toThrow(message);
  });

  it.each([
    ['{"type":"other"}', 'type other, allowed are state, process'],
    ['{"type":"state","reason":null,"state":"UP"}', 'state UP, allowed are ACTIVE, CLEANING,'],
    ['{"type":"process","name":1}', 'name is not a string'],
    ['{"type":"process","name":"a","state":"RUNNING","runs":"1"}', 'runs is not a number'],
    [
      JSON.stringify({ ...newGraph(of, 0).runs.get('a'), type: 'process', name: 'b' }),
      '"b" is no process of the task',
    ],
  ])('is refused for a bad record: %s', (line, message) => {
    expect(() => readCheckpoint(`${encodeHeader(header, 0)}${line}\n`)).toThrow(
      `checkpoint line 2: ${message}`,
    );
  });

  it('never throws anything but its own error', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          readCheckpoint(`${encodeHeader(header, 0)}${text}\n`);
        } catch (error) {
          expect((error as Error).name).toBe('RunnerError');
        }
      }),
    );
  });

  it('is bounded by the runs that a process may have, and nothing is written while nothing changes', () => {
    const single = task([process('a', { max_failures: 0, min_duration: 0 })]);
    const events = Array.from({ length: RUNS_MAX + 50 }, (_, run): GraphEvent[] => [
      { type: 'running', process: 'a', run, pid: 1, startTicks: 1 },
      { type: 'tick' },
      { type: 'ended', process: 'a', run, returnCode: 1, at: 0 },
      { type: 'tick' },
    ]).flat();
    const { text } = written([{ type: 'tick' }, ...events], single);
    expect(text.split('\n').length).toBeLessThanOrEqual(RUNS_MAX * RECORDS_PER_RUN_MAX + 5);
    expect(text).toContain(`"runs":${RUNS_MAX}`);
  });
});
