/** Rules between the processes of a task. */
import { processJson, taskErrors } from './jobs.js';

const errors = (processes: readonly object[], ...orders: string[][]): readonly string[] =>
  taskErrors({ processes, constraints: orders.map((order) => ({ order })) });
const [a, b, c] = [processJson('a'), processJson('b'), processJson('c')];

describe('process names', () => {
  it('are unique in a task', () => {
    expect(errors([a, b, a, a])).toEqual([
      'processes[2].name: "a" is not unique in the task',
      'processes[3].name: "a" is not unique in the task',
    ]);
  });
});

describe('order', () => {
  it('may be any graph without a cycle', () => {
    expect(errors([a, b, c], ['a', 'b', 'c'], ['a', 'c'], ['b'], [])).toEqual([]);
  });

  it('may be absent from a constraint', () => {
    expect(taskErrors({ constraints: [{}] })).toEqual([]);
  });

  it('names known processes', () => {
    expect(errors([a, b], ['a', 'x', 'b', 'y'])).toEqual([
      'constraints[0].order[1]: "x" is not the name of a process of this task (a, b)',
      'constraints[0].order[3]: "y" is not the name of a process of this task (a, b)',
    ]);
  });

  it('has no cycle within one constraint', () => {
    expect(errors([a], ['a', 'a'])).toEqual(['constraints: "a -> a" is not an order without a cycle']);
  });

  it('has no cycle across constraints, and the message walks it', () => {
    const [message = ''] = errors([a, b, c], ['a', 'b'], ['b', 'c'], ['c', 'a']);
    expect(message).toMatch(
      /^constraints: "(a -> b -> c -> a|b -> c -> a -> b|c -> a -> b -> c)" is not an order without a cycle$/,
    );
  });

  it('of a thousand processes in a row is walked without recursion', () => {
    const names = Array.from({ length: 5000 }, (_, index) => `p${index}`);
    const processes = names.map((name) => processJson(name));
    expect(errors(processes, names)).toEqual([]);
    expect(errors(processes, names, ['p4999', 'p0'])[0]).toContain('is not an order without a cycle');
  });

  it('lets nothing follow a daemon, and a daemon follow anything', () => {
    const daemon = processJson('d', { daemon: true });
    expect(errors([a, daemon], ['a', 'd'])).toEqual([]);
    expect(errors([a, daemon], ['d', 'a'])).toEqual([
      'constraints[0].order[1]: "a" is not free to follow the daemon "d", which never ends',
    ]);
  });

  it('lets only the ephemeral follow the ephemeral', () => {
    const [e, f] = [processJson('e', { ephemeral: true }), processJson('f', { ephemeral: true })];
    expect(errors([a, e, f], ['a', 'e', 'f'])).toEqual([]);
    expect(errors([a, e], ['e', 'a'])).toEqual([
      'constraints[0].order[1]: "a" is not ephemeral, as what follows the ephemeral process "e" must be',
    ]);
  });

  it('does not mix final with regular processes', () => {
    const [x, y] = [processJson('x', { final: true }), processJson('y', { final: true })];
    expect(errors([a, b, x, y], ['a', 'b'], ['x', 'y'])).toEqual([]);
    expect(errors([a, x], ['a', 'x'])).toEqual([
      'constraints[0].order[1]: "x" is not a regular process, as one ordered after a regular one ("a") must be',
    ]);
    expect(errors([a, x], ['x', 'a'])).toEqual([
      'constraints[0].order[1]: "a" is not a final process, as one ordered after a final one ("x") must be',
    ]);
  });
});

describe('resources', () => {
  it('are more than no CPU and at least a megabyte of memory and disk', () => {
    expect(taskErrors({ resources: { cpu: '0', ram: 1048575, disk: 0, gpu: -1 } })).toEqual([
      'resources.cpu: "0" is not a number above 0',
      'resources.ram: 1048575 is not an integer of at least 1048576',
      'resources.disk: 0 is not an integer of at least 1048576',
      'resources.gpu: -1 is not an integer of at least 0',
    ]);
  });
});
