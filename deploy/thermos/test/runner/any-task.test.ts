import fc from 'fast-check';
import { newGraph } from '../../src/runner/graph-core.js';
import { step } from '../../src/runner/step-core.js';
import { process, task } from './transcript.js';

describe('any task', () => {
  const anyProcess = fc.record({
    max_failures: fc.integer({ min: 0, max: 2 }),
    daemon: fc.boolean(),
    ephemeral: fc.boolean(),
    min_duration: fc.integer({ min: 0, max: 3 }),
    final: fc.boolean(),
  });
  const anyTask = fc
    .tuple(
      fc.array(anyProcess, { minLength: 1, maxLength: 5 }),
      fc.integer({ min: 0, max: 2 }),
      fc.integer({ min: 0, max: 2 }),
    )
    .map(([all, max_failures, max_concurrency]) =>
      task(
        all.map((fields, i) => process(`p${i}`, fields)),
        { max_failures, max_concurrency, finalization_wait: 5 },
      ),
    );

  it('ends once it is killed, keeps to max_concurrency, and never runs a process twice at a time', () => {
    const ends = fc.constantFrom(0, 0, 1, -9, 'lost' as const, 'running' as const, 'tick' as const);
    fc.assert(
      fc.property(anyTask, fc.array(fc.tuple(fc.nat(4), ends), { maxLength: 60 }), (of, happenings) => {
        let now = 0;
        let graph = newGraph(of, now);
        const live = new Set<string>();
        const feed = (event: Parameters<typeof step>[1]): void => {
          if (event.type === 'ended' || event.type === 'lost') live.delete(event.process);
          const next = step(graph, event, now);
          ({ graph } = next);
          for (const effect of next.effects) {
            if (effect.type !== 'fork') continue;
            expect(live.has(effect.process)).toBe(false);
            live.add(effect.process);
          }
          if (of.max_concurrency > 0) expect(live.size).toBeLessThanOrEqual(of.max_concurrency);
        };
        feed({ type: 'tick' });
        for (const [i, how] of happenings) {
          now += 500;
          const name = `p${i}`;
          const run = (graph.runs.get(name)?.runs ?? 0) - 1;
          const ofRun = { process: name, run };
          if (!live.has(name) || how === 'tick') feed({ type: 'tick' });
          else if (how === 'running') feed({ type: 'running', pid: 1, startTicks: 1, ...ofRun });
          else if (how === 'lost') feed({ type: 'lost', ...ofRun });
          else feed({ type: 'ended', returnCode: how, at: now, ...ofRun });
        }
        feed({ type: 'kill', graceMs: 1_000 });
        for (let i = 0; i < 40 && graph.finishedAt === null; i += 1) {
          now += 1_000;
          feed({ type: 'tick' });
        }
        expect(graph.finishedAt).not.toBeNull();
      }),
    );
  });
});
