import type { Graph } from '../../src/runner/graph-core.js';
import { expectTranscript, process, task } from './transcript.js';

const runOf = (graph: Graph, name: string) => graph.runs.get(name);

describe('the kill path', () => {
  const of = task([process('a', { max_failures: 0, min_duration: 0 }), process('x', { final: true })]);

  it('sends SIGTERM, after the grace SIGKILL, then runs the final processes', () => {
    const graph = expectTranscript(
      of,
      `
      0  start         : fork a/0
      1  running a/0   :
      2  kill 5        : sweep SIGTERM, SIGTERM a/0, = CLEANING
      6.9 tick         :
      7  tick          : SIGKILL a/0
      7.1 tick         :
      8  signal a/0 9  : fork x/0, = FINALIZING
      9  exit x/0 0    : sweep SIGKILL, = KILLED`,
    );
    expect(runOf(graph, 'a')).toMatchObject({ state: 'KILLED', runs: 1 });
    expect(graph.reason).toBe('killed by request');
  });

  it('takes the grace of the runner where the kill names none', () => {
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 running a/0   :
      2 kill          : sweep SIGTERM, SIGTERM a/0, = CLEANING
      5 tick          : SIGKILL a/0`,
      3,
    );
  });

  it('sends SIGKILL to all that runs finalization_wait after the end of ACTIVE, whatever the grace', () => {
    expectTranscript(
      { ...of, finalization_wait: 4 },
      `
      0 start         : fork a/0
      1 running a/0   :
      2 kill 60       : sweep SIGTERM, SIGTERM a/0, = CLEANING
      6 tick          : SIGKILL a/0
      7 signal a/0 9  : sweep SIGKILL, = KILLED`,
    );
  });

  it('ends a final process with SIGKILL after finalization_wait, does not repeat it, and starts no other', () => {
    const final = { final: true, max_failures: 0, min_duration: 0 };
    const graph = expectTranscript(
      task([process('a'), process('x', final), process('y', final)], {
        constraints: [{ order: ['x', 'y'] }],
      }),
      `
      0  start         : fork a/0
      1  exit a/0 0    : sweep SIGTERM, fork x/0, = FINALIZING
      2  running x/0   :
      31 tick          : SIGKILL x/0
      32 signal x/0 9  : sweep SIGKILL, = SUCCESS`,
    );
    expect(runOf(graph, 'x')).toMatchObject({ state: 'KILLED', runs: 1 });
    expect(runOf(graph, 'y')).toMatchObject({ state: 'WAITING', runs: 0 });
  });

  it('shortens the grace at a second kill and never lengthens it', () => {
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 running a/0   :
      2 kill 10       : sweep SIGTERM, SIGTERM a/0, = CLEANING
      3 kill 20       :
      4 kill 0        : SIGKILL a/0`,
    );
  });

  it('signals a fork that has no pid yet again when it is seen', () => {
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 kill          : sweep SIGTERM, SIGTERM a/0, = CLEANING
      2 running a/0   : SIGTERM a/0
      3 signal a/0 15 : fork x/0, = FINALIZING`,
    );
  });

  it('does not start what waits for its min_duration', () => {
    expectTranscript(
      task([process('a', { max_failures: 0 })]),
      `
      0 start         : fork a/0
      1 exit a/0 1    :
      2 kill          : sweep SIGTERM, sweep SIGKILL, = KILLED
      9 tick          :`,
    );
  });

  it('gives up what survives SIGKILL for 30 s', () => {
    expectTranscript(
      task([process('a')]),
      `
      0  start         : fork a/0
      1  running a/0   :
      2  kill 0        : sweep SIGTERM, SIGKILL a/0, = CLEANING
      31 tick          :
      32 tick          : sweep SIGKILL, = KILLED`,
    );
  });

  it('does not take back a success that is being finalized', () => {
    expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 exit a/0 0    : sweep SIGTERM, fork x/0, = FINALIZING
      2 kill 0        :
      3 exit x/0 0    : sweep SIGKILL, = SUCCESS`,
    );
  });

  it('is LOST with all that runs when the runner cannot go on', () => {
    const graph = expectTranscript(
      of,
      `
      0 start         : fork a/0
      1 running a/0   :
      2 abandon       : sweep SIGKILL, = LOST`,
    );
    expect(runOf(graph, 'a')?.state).toBe('LOST');
  });
});

describe('a new runner', () => {
  it('gives up forks that were not seen, and leaves what runs alone', () => {
    expectTranscript(
      task([process('a', { min_duration: 0 }), process('b')]),
      `
      0 start         : fork a/0, fork b/0
      1 running b/0   :
      2 recovered     : giveUp a/0
      3 lost a/0      : fork a/1`,
    );
  });

  it('does not wait for times that lie ahead because the clock was set back', () => {
    expectTranscript(
      task([process('a', { max_failures: 0 })]),
      `
      1000 start         : fork a/0
      1001 exit a/0 1    :
      10   recovered     :
      15   tick          : fork a/1`,
    );
  });

  it('sweeps once more after a task that ended', () => {
    expectTranscript(
      task([process('a')]),
      `
      0 start         : fork a/0
      1 exit a/0 0    : sweep SIGTERM, sweep SIGKILL, = SUCCESS
      2 recovered     : sweep SIGKILL`,
    );
  });
});
