import { SchedulerCall, decodeText, type Offer, type TaskState, type TaskStatus } from '@murmur/engine';
import { planLaunches } from '../../src/bench/launches-core.js';
import { Tally, median } from '../../src/bench/tally-core.js';

const status = (id: string, state: TaskState, uuid: string): TaskStatus => ({
  task_id: { value: id },
  state,
  uuid,
});
const running = (id: string): TaskStatus => status(id, 'TASK_RUNNING', `r-${id}`);

describe('the tally of a benchmark', () => {
  it('finds nothing wrong when every task said RUNNING once, whatever was sent again', () => {
    const tally = new Tally(['a', 'b']);
    for (const id of ['a', 'b', 'a']) {
      tally.add(status(id, 'TASK_STARTING', `s-${id}`));
      tally.add(running(id));
    }
    expect(tally.running).toBe(2);
    expect(tally.verdict([running('a'), running('b')])).toEqual({ running: 2, repeats: 2, faults: [] });
  });

  it('tells tasks that never ran, ran twice, ended, were not ours, or are unknown to the master', () => {
    const tally = new Tally(['lost', 'twice', 'ended']);
    for (const uuid of ['1', '2']) tally.add(status('twice', 'TASK_RUNNING', uuid));
    tally.add(running('ended'));
    tally.add(status('ended', 'TASK_LOST', 'x'));
    tally.add(running('stranger'));
    expect(tally.verdict([running('twice'), status('ended', 'TASK_LOST', 'x')]).faults).toEqual([
      'task lost never ran',
      'task twice ran twice',
      'task ended ended or was lost',
      'task stranger was not launched by us',
      'task lost is not running in the eyes of the master',
      'task ended is not running in the eyes of the master',
    ]);
  });

  it('shows a few faults of a kind and counts the others', () => {
    const ids = Array.from({ length: 10 }, (_, i) => `t${i}`);
    const { faults } = new Tally(ids).verdict(ids.map(running));
    expect(faults).toHaveLength(4);
    expect(faults.at(-1)).toBe('... and 7 more like it');
  });
});

describe('the plan of launches', () => {
  it('spreads the tasks evenly: each once, each on the agent of its offer', () => {
    const offers = Array.from({ length: 7 }, (_, i): Offer => ({
      id: { value: `o${i}` },
      framework_id: { value: 'f' },
      agent_id: { value: `a${i}` },
      hostname: 'h',
    }));
    const { taskIds, bodies } = planLaunches('f', offers, 23);
    const launched = bodies.flatMap((body) => {
      const { accept } = decodeText(SchedulerCall, body);
      const tasks = accept?.operations?.[0]?.launch?.task_infos ?? [];
      expect(tasks.length === 3 || tasks.length === 4).toBe(true);
      const agent = accept?.offer_ids?.[0]?.value.replace('o', 'a');
      expect(tasks.every((task) => task.agent_id.value === agent)).toBe(true);
      return tasks.map((task) => task.task_id.value);
    });
    expect(launched).toEqual(taskIds);
    expect(new Set(taskIds).size).toBe(23);
  });

  it('leaves offers out when there are more of them than tasks', () => {
    const offer = {
      id: { value: 'o' },
      framework_id: { value: 'f' },
      agent_id: { value: 'a' },
      hostname: 'h',
    };
    expect(planLaunches('f', [offer, offer, offer], 1).bodies).toHaveLength(1);
  });
});

describe('the median', () => {
  it('is the middle, or the mean of the two middle ones', () => {
    expect([median([]), median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([0, 2, 2.5]);
  });
});
