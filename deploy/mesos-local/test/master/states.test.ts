import { TaskState } from '@murmur/engine';
import { isTerminal } from '../../src/task-state-core.js';
import {
  AGENT_STEPS,
  FRAMEWORK_STEPS,
  TASK_STEPS,
  phaseOf,
  type AgentPhase,
  type FrameworkPhase,
} from '../../src/master/states-core.js';
import { updateTask } from '../../src/master/statuses-core.js';
import { scalar } from '../../src/resources/index.js';
import { createCluster } from './harness.js';

const free = (c: ReturnType<typeof createCluster>, agentId: string): number =>
  scalar(c.allocator.agents.get(agentId)?.free ?? [], 'cpus');

describe('states of a task', () => {
  it.each(TaskState.values.flatMap((from) => TaskState.values.map((to) => [from, to] as const)))(
    '%s then %s: what is over stays over, and its resources are free exactly once',
    (from, to) => {
      const c = createCluster();
      const { framework, agent } = c.running({}, 't1');
      const task = framework.tasks.get('t1');
      expect(free(c, agent.id)).toBe(3);
      if (task === undefined) return;
      const status = (state: TaskState) => ({ task_id: { value: 't1' }, state });
      c.turn((turn) => {
        updateTask(turn, task, status(from));
      });
      expect(free(c, agent.id)).toBe(phaseOf(from) === 'LIVE' ? 3 : 4);
      c.turn((turn) => {
        updateTask(turn, task, status(to));
      });
      expect(task.state).toBe(isTerminal(from) ? from : to);
      const step = TASK_STEPS[phaseOf(from)][phaseOf(to)];
      expect(step.taken).toBe(!isTerminal(from));
      const lives = phaseOf(from) === 'LIVE' && phaseOf(to) === 'LIVE';
      // A task that is reachable again takes its resources when its agent registers, not by a status.
      if (step.resources !== 'claim') expect(free(c, agent.id)).toBe(lives ? 3 : 4);
    },
  );

  it('every state of Mesos has a phase', () => {
    expect(TaskState.values.filter((state) => phaseOf(state) === 'UNREACHABLE')).toEqual([
      'TASK_UNREACHABLE',
      'TASK_UNKNOWN',
    ]);
    expect(TaskState.values.filter((state) => phaseOf(state) === 'LIVE')).toEqual([
      'TASK_STAGING',
      'TASK_STARTING',
      'TASK_RUNNING',
      'TASK_KILLING',
    ]);
  });
});

describe('lives of frameworks and agents', () => {
  const frameworkPhases = Object.keys(FRAMEWORK_STEPS) as FrameworkPhase[];
  it.each(frameworkPhases)('a framework that is %s goes where the table says, for every input', (phase) => {
    const steps = FRAMEWORK_STEPS[phase];
    expect(steps.SUBSCRIBE).toBe(phase === 'REMOVED' ? null : 'CONNECTED');
    expect(steps.HEARD_FROM_AGENT).toBe(phase === 'UNKNOWN' ? 'RECOVERED' : null);
    expect(steps.STREAM_ENDED).toBe(phase === 'CONNECTED' ? 'DISCONNECTED' : null);
    const waits = phase === 'RECOVERED' || phase === 'DISCONNECTED';
    expect(steps.FAILOVER_TIMEOUT).toBe(waits ? 'REMOVED' : null);
    expect(steps.TEARDOWN).toBe(waits || phase === 'CONNECTED' ? 'REMOVED' : null);
  });

  const agentPhases = Object.keys(AGENT_STEPS) as AgentPhase[];
  it.each(agentPhases)('an agent that is %s goes where the table says, for every input', (phase) => {
    const steps = AGENT_STEPS[phase];
    const admitted = phase === 'CONNECTED' || phase === 'DISCONNECTED' || phase === 'RECOVERED';
    expect(steps.HELLO).toBe(phase === 'GONE' ? null : 'CONNECTED');
    expect(steps.STREAM_ENDED).toBe(phase === 'CONNECTED' ? 'DISCONNECTED' : null);
    expect(steps.SILENT_TOO_LONG).toBe(admitted ? 'UNREACHABLE' : null);
    expect(steps.MARK_GONE).toBe(admitted || phase === 'UNREACHABLE' ? 'GONE' : null);
    expect(steps.REMOVED).toBe(admitted ? 'UNKNOWN' : null);
  });
});
