import { newGraph, RUNS_MAX, type Graph } from '../../src/runner/graph-core.js';
import { step } from '../../src/runner/step-core.js';
import { expectTranscript, process, task } from './transcript.js';

const runOf = (graph: Graph, name: string) => graph.runs.get(name);

describe('order', () => {
  it('starts a process when the one it is ordered after has succeeded', () => {
    const of = task([process('a'), process('b'), process('c')], { constraints: [{ order: ['a', 'b'] }] });
    expectTranscript(
      of,
      `
      0 start         : fork a/0, fork c/0
      1 running a/0   :
      2 exit a/0 0    : fork b/0
      3 exit c/0 0    :
      4 exit b/0 0    : sweep SIGTERM, sweep SIGKILL, = SUCCESS`,
    );
  });

  it('waits for all that a process is ordered after', () => {
    const constraints = [{ order: ['a', 'c'] }, { order: ['b', 'c'] }];
    expectTranscript(
      task([process('a'), process('b'), process('c')], { constraints }),
      `
      0 start         : fork a/0, fork b/0
      1 exit b/0 0    :
      2 exit a/0 0    : fork c/0`,
    );
  });

  it('never starts what is ordered after a failed process, however long the chain, and ends the task without it', () => {
    const of = task([process('a'), process('b'), process('c'), process('d')], {
      constraints: [{ order: ['a', 'b', 'c'] }],
      max_failures: 0,
    });
    const graph = expectTranscript(
      of,
      `
      0 start         : fork a/0, fork d/0
      1 exit a/0 1    :
      2 exit d/0 0    : sweep SIGTERM, sweep SIGKILL, = SUCCESS`,
    );
    expect(runOf(graph, 'c')).toMatchObject({ state: 'WAITING', runs: 0 });
  });
});

describe('retries', () => {
  it('repeats a failed run until max_failures runs have failed', () => {
    const graph = expectTranscript(
      task([process('a', { max_failures: 3, min_duration: 0 })]),
      `
      0 start         : fork a/0
      1 exit a/0 1    : fork a/1
      2 exit a/1 1    : fork a/2
      3 exit a/2 1    : sweep SIGTERM, sweep SIGKILL, = FAILED`,
    );
    expect(runOf(graph, 'a')).toMatchObject({ state: 'FAILED', runs: 3, failures: 3, returnCode: 1 });
    expect(graph.reason).toBe('failed: "a" (exit code 1, failed 3 times)');
  });

  it('starts runs min_duration apart, counted from start to start', () => {
    expectTranscript(
      task([process('a', { max_failures: 0, min_duration: 5 })]),
      `
      0   start         : fork a/0
      1   exit a/0 1    :
      4.9 tick          :
      5   tick          : fork a/1
      20  exit a/1 1    : fork a/2`,
    );
  });

  it('stops after 100 runs in all, though max_failures 0 is unlimited', () => {
    let { graph } = step(
      newGraph(task([process('a', { max_failures: 0, min_duration: 0 })]), 0),
      { type: 'tick' },
      0,
    );
    for (let run = 0; run < RUNS_MAX; run += 1) {
      expect(graph.state).toBe('ACTIVE');
      ({ graph } = step(graph, { type: 'ended', process: 'a', run, returnCode: 1, at: 0 }, 0));
    }
    expect(graph).toMatchObject({ state: 'FAILED', reason: 'failed: "a" (after 100 runs)' });
    expect(runOf(graph, 'a')).toMatchObject({ state: 'FAILED', runs: RUNS_MAX });
  });

  it.each(['killed', 'lost', 'succeeding daemon'])('counts %s runs towards the 100 too', (how) => {
    const isDaemon = how === 'succeeding daemon';
    const of = task([process('a', { daemon: isDaemon, min_duration: 0 })]);
    let { graph } = step(newGraph(of, 0), { type: 'tick' }, 0);
    for (let run = 0; run < RUNS_MAX; run += 1) {
      const at = { process: 'a', run };
      const returnCode = isDaemon ? 0 : -9;
      ({ graph } = step(
        graph,
        how === 'lost' ? { type: 'lost', ...at } : { type: 'ended', returnCode, at: 0, ...at },
        0,
      ));
    }
    expect(graph.state).toBe('FAILED');
    expect(runOf(graph, 'a')).toMatchObject({ state: 'FAILED', runs: RUNS_MAX, failures: 0 });
  });

  it('repeats a KILLED or LOST run without counting a failure', () => {
    const graph = expectTranscript(
      task([process('a', { max_failures: 1, min_duration: 0 })]),
      `
      0 start          : fork a/0
      1 running a/0    :
      2 signal a/0 9   : fork a/1
      3 running a/1    :
      4 lost a/1       : fork a/2
      5 exit a/2 0     : sweep SIGTERM, sweep SIGKILL, = SUCCESS`,
    );
    expect(runOf(graph, 'a')).toMatchObject({ state: 'SUCCESS', runs: 3, failures: 0 });
  });

  it('gives up a fork that was not seen for 60 s, and repeats it when it is LOST', () => {
    expectTranscript(
      task([process('a', { min_duration: 0 })]),
      `
      0    start     : fork a/0
      59.9 tick      :
      60   tick      : giveUp a/0
      60.2 tick      : giveUp a/0
      60.3 lost a/0  : fork a/1`,
    );
  });

  it('ignores what it hears of an earlier run, and what comes twice', () => {
    expectTranscript(
      task([process('a', { max_failures: 2, min_duration: 0 })]),
      `
      0 start         : fork a/0
      1 exit a/0 1    : fork a/1
      2 exit a/0 1    :
      2 lost a/0      :
      2 running a/1   :
      2 running a/1   :
      3 exit a/1 0    : sweep SIGTERM, sweep SIGKILL, = SUCCESS
      4 exit a/1 1    :
      4 kill          :`,
    );
  });
});

describe('kinds of processes', () => {
  it('restarts a daemon that succeeded, min_duration apart', () => {
    expectTranscript(
      task([process('d', { daemon: true })]),
      `
      0 start         : fork d/0
      1 exit d/0 0    :
      5 tick          : fork d/1
      6 exit d/1 0    :
      10 tick         : fork d/2`,
    );
  });

  it('fails a daemon that failed max_failures times, as any other', () => {
    expectTranscript(
      task([process('d', { daemon: true, min_duration: 0, max_failures: 2 })]),
      `
      0 start         : fork d/0
      1 exit d/0 1    : fork d/1
      2 exit d/1 0    : fork d/2
      3 exit d/2 1    : sweep SIGTERM, sweep SIGKILL, = FAILED`,
    );
  });

  it('does not wait for an ephemeral process, and ends it with SIGTERM when the others have finished', () => {
    const graph = expectTranscript(
      task([process('a'), process('log', { ephemeral: true, daemon: true })]),
      `
      0 start           : fork a/0, fork log/0
      1 running log/0   :
      2 exit a/0 0      : sweep SIGTERM, SIGTERM log/0, = CLEANING
      3 signal log/0 15 : sweep SIGKILL, = SUCCESS`,
    );
    expect(runOf(graph, 'log')).toMatchObject({ state: 'KILLED', returnCode: -15, runs: 1 });
  });

  it('counts exhausted failures of an ephemeral process as finished: no failure of the task, and what follows starts', () => {
    const ephemeral = { ephemeral: true };
    const constraints = [{ order: ['e', 'f'] }];
    expectTranscript(
      task([process('a'), process('e', ephemeral), process('f', ephemeral)], { constraints }),
      `
      0 start         : fork a/0, fork e/0
      1 exit e/0 1    : fork f/0
      2 exit f/0 1    :
      3 exit a/0 0    : sweep SIGTERM, sweep SIGKILL, = SUCCESS`,
    );
  });

  it('runs final processes when the regular ones have ended, in their own order', () => {
    const final = { final: true };
    const constraints = [{ order: ['y', 'x'] }];
    expectTranscript(
      task([process('x', final), process('y', final), process('a')], { constraints }),
      `
      0 start         : fork a/0
      1 exit a/0 0    : sweep SIGTERM, fork y/0, = FINALIZING
      2 exit y/0 0    : fork x/0
      3 exit x/0 0    : sweep SIGKILL, = SUCCESS`,
    );
  });

  it('runs final processes after a failure and after a kill too', () => {
    const of = task([process('a'), process('x', { final: true })]);
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 exit a/0 1    : sweep SIGTERM, fork x/0, = FINALIZING
      2 exit x/0 0    : sweep SIGKILL, = FAILED`,
    );
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 running a/0   :
      2 kill          : sweep SIGTERM, SIGTERM a/0, = CLEANING
      3 exit a/0 0    : fork x/0, = FINALIZING
      4 exit x/0 0    : sweep SIGKILL, = KILLED`,
    );
  });

  it('repeats a failed final process, and leaves the verdict alone when it fails for good', () => {
    expectTranscript(
      task([process('a'), process('x', { final: true, max_failures: 2, min_duration: 1 })]),
      `
      0 start         : fork a/0
      1 exit a/0 0    : sweep SIGTERM, fork x/0, = FINALIZING
      1 exit x/0 1    :
      2 tick          : fork x/1
      3 exit x/1 1    : sweep SIGKILL, = SUCCESS`,
    );
  });
});

describe('bounds of the task', () => {
  const three = (fields = {}) => task([process('a'), process('b'), process('c')], fields);

  it('fails when max_failures processes have failed, and ends the others', () => {
    expectTranscript(
      three({ max_failures: 2 }),
      `
      0 start          : fork a/0, fork b/0, fork c/0
      1 running c/0    :
      2 exit a/0 1     :
      3 exit b/0 1     : sweep SIGTERM, SIGTERM c/0, = CLEANING
      4 signal c/0 15  : sweep SIGKILL, = FAILED`,
    );
  });

  it('may lose every process when max_failures is 0', () => {
    expectTranscript(
      three({ max_failures: 0 }),
      `
      0 start         : fork a/0, fork b/0, fork c/0
      1 exit a/0 1    :
      2 exit b/0 1    :
      3 exit c/0 1    : sweep SIGTERM, sweep SIGKILL, = SUCCESS`,
    );
  });

  it('runs max_concurrency processes at a time, in the order of the task; 0 is all at once', () => {
    expectTranscript(
      three({ max_concurrency: 2 }),
      `
      0 start         : fork a/0, fork b/0
      1 running a/0   :
      2 exit b/0 0    : fork c/0
      3 exit a/0 0    :
      4 exit c/0 0    : sweep SIGTERM, sweep SIGKILL, = SUCCESS`,
    );
    expectTranscript(three({ max_concurrency: 0 }), '0 start : fork a/0, fork b/0, fork c/0');
  });

  it('lets another process run while one waits for its min_duration', () => {
    const of = task([process('a', { max_failures: 2 }), process('b')], { max_concurrency: 1 });
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 exit a/0 1    : fork b/0
      5 tick          :
      6 exit b/0 0    : fork a/1`,
    );
  });

  it('keeps max_concurrency in FINALIZING', () => {
    const final = { final: true };
    expectTranscript(
      task([process('a'), process('x', final), process('y', final)], { max_concurrency: 1 }),
      `
      0 start         : fork a/0
      1 exit a/0 0    : sweep SIGTERM, fork x/0, = FINALIZING
      2 exit x/0 0    : fork y/0`,
    );
  });
});
