import { newGraph, type Effect, type Graph, type GraphEvent } from '../../src/runner/graph-core.js';
import { step } from '../../src/runner/step-core.js';
import type { RunnerProcess, RunnerTask } from '../../src/runner/types.js';

/** A process with Aurora's defaults, which runs `true`. */
export function process(name: string, fields: Partial<RunnerProcess> = {}): RunnerProcess {
  const defaults = { max_failures: 1, daemon: false, ephemeral: false, min_duration: 5, final: false };
  return { name, cmdline: 'true', ...defaults, ...fields };
}

/** A task with Aurora's defaults. */
export function task(processes: readonly RunnerProcess[], fields: Partial<RunnerTask> = {}): RunnerTask {
  const defaults = { constraints: [], max_failures: 1, max_concurrency: 0, finalization_wait: 30 };
  return { name: 'task', processes, ...defaults, ...fields };
}

/**
 * Plays a transcript: a line per event, `<seconds> <event> : <effects and the task's new state>`. Events: `start`, `tick`,
 * `recovered`, `running a/0`, `exit a/0 <code>`, `signal a/0 <n>`, `lost a/0`, `kill [<grace in seconds>]`, `abandon`.
 * Gives what really came of each line, in the same form: compare it with the transcript.
 */
export function play(of: RunnerTask, script: string, graceSeconds = 10): { lines: string; graph: Graph } {
  let graph = newGraph(of, 0, graceSeconds * 1_000);
  const lines: string[] = [];
  for (const line of rows(script)) {
    const [left = ''] = line.split(' :');
    const [seconds = '', ...words] = left.trim().split(/\s+/);
    const now = Number(seconds) * 1_000;
    const before = graph.state;
    const next = step(graph, eventOf(words, now), now);
    graph = next.graph;
    const outcome = [...next.effects.map(effectOf), ...(graph.state === before ? [] : [`= ${graph.state}`])];
    lines.push(`${[seconds, ...words].join(' ')} : ${outcome.join(', ')}`.trim());
  }
  return { lines: lines.join('\n'), graph };
}

/** The transcript's lines without indentation, columns and comments. */
export function tidy(script: string): string {
  return rows(script)
    .map((line) => line.replace(/\s+/g, ' ').trim())
    .join('\n');
}

/** Expects a transcript to be what happens, and gives the last graph. */
export function expectTranscript(of: RunnerTask, script: string, graceSeconds = 10): Graph {
  const { lines, graph } = play(of, script, graceSeconds);
  expect(lines).toBe(tidy(script));
  return graph;
}

function rows(script: string): readonly string[] {
  return script
    .split('\n')
    .map((line) => line.replace(/#.*$/, ''))
    .filter((line) => line.trim() !== '');
}

function effectOf(effect: Effect): string {
  if (effect.type === 'sweep') return `sweep ${effect.signal}`;
  const what = effect.type === 'signal' ? effect.signal : effect.type;
  return `${what} ${effect.process}/${effect.run}`;
}

function eventOf(words: readonly string[], now: number): GraphEvent {
  const [kind = '', what = '', number = '0'] = words;
  const [name = '', run = '0'] = what.split('/');
  const ofRun = { process: name, run: Number(run) };
  switch (kind) {
    case 'start':
    case 'tick':
      return { type: 'tick' };
    case 'recovered':
      return { type: 'recovered' };
    case 'running':
      return { type: 'running', pid: 100, startTicks: 7, ...ofRun };
    case 'exit':
      return { type: 'ended', returnCode: Number(number), at: now, ...ofRun };
    case 'signal':
      return { type: 'ended', returnCode: -Number(number), at: now, ...ofRun };
    case 'lost':
      return { type: 'lost', ...ofRun };
    case 'kill':
      return { type: 'kill', ...(what === '' ? {} : { graceMs: Number(what) * 1_000 }) };
    case 'abandon':
      return { type: 'abandon', reason: 'the checkpoint cannot be written' };
    default:
      throw new Error(`no event "${kind}" in a transcript`);
  }
}
