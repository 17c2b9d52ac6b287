import { at } from './error-core.js';
import type { ErrorList } from './error-core.js';
import type { Process, Task } from './thermos-schema-core.js';

/** Rules between the processes of a task. Each reports every place where it is broken. */

/** Runs the rules whose fields were all read without an error. `path` is the task's own, empty for a task by itself. */
export function checkTask(task: Task | undefined, path: string, errors: ErrorList): void {
  if (task === undefined || errors.touches(at(path, 'processes'))) return;
  checkNames(task, path, errors);
  if (!errors.touches(at(path, 'constraints'))) checkOrder(task, path, errors);
}

/** Process names are unique: order, logs and checkpoints go by them. */
function checkNames(task: Task, path: string, errors: ErrorList): void {
  const seen = new Set<string>();
  for (const [index, { name }] of task.processes.entries()) {
    if (seen.has(name)) errors.invalid(`${at(path, 'processes')}[${index}].name`, name, 'unique in the task');
    seen.add(name);
  }
}

/** How many names of a task a message lists. */
const NAMES_SHOWN_MAX = 20;

/** A step of an order constraint: `after` may start once `before` has succeeded. */
interface Step {
  readonly path: string;
  readonly before: Process;
  readonly after: Process;
}

/** Order constraints name known processes, and each step of them is one that can be waited for. */
function checkOrder(task: Task, path: string, errors: ErrorList): void {
  const processes = new Map(task.processes.map((process) => [process.name, process]));
  const expected = `the name of a process of this task (${listed([...processes.keys()])})`;
  for (const [index, { order = [] }] of task.constraints.entries()) {
    for (const [place, name] of order.entries()) {
      if (!processes.has(name)) errors.invalid(orderPath(path, index, place), name, expected);
    }
  }
  for (const step of steps(task, path)) checkStep(step, errors);
  const cycle = findCycle(task);
  if (cycle.length > 0)
    errors.invalid(at(path, 'constraints'), cycle.join(' -> '), 'an order without a cycle');
}

function listed(names: readonly string[]): string {
  const more = names.length > NAMES_SHOWN_MAX ? ', …' : '';
  return `${names.slice(0, NAMES_SHOWN_MAX).join(', ')}${more}`;
}

function checkStep({ path, before, after }: Step, errors: ErrorList): void {
  if (before.daemon) {
    errors.invalid(path, after.name, `free to follow the daemon "${before.name}", which never ends`);
  }
  if (before.ephemeral && !after.ephemeral) {
    const expected = `ephemeral, as what follows the ephemeral process "${before.name}" must be`;
    errors.invalid(path, after.name, expected);
  }
  if (before.final !== after.final) {
    const [kind, other] = before.final ? ['final', 'a final'] : ['regular', 'a regular'];
    errors.invalid(
      path,
      after.name,
      `a ${kind} process, as one ordered after ${other} one ("${before.name}") must be`,
    );
  }
}

function orderPath(path: string, index: number, place: number): string {
  return `${at(path, 'constraints')}[${index}].order[${place}]`;
}

/** The steps of all constraints whose two processes are known. */
function steps(task: Task, path: string): readonly Step[] {
  const processes = new Map(task.processes.map((process) => [process.name, process]));
  return task.constraints.flatMap(({ order = [] }, index) =>
    order.flatMap((name, place) => {
      const before = processes.get(order[place - 1] ?? '');
      const after = processes.get(name);
      if (before === undefined || after === undefined) return [];
      return [{ path: orderPath(path, index, place), before, after }];
    }),
  );
}

/** The names along one cycle, the first again at the end; empty when the order can be kept. */
function findCycle(task: Task): readonly string[] {
  const waitsFor = new Map<string, Set<string>>(task.processes.map(({ name }) => [name, new Set()]));
  const frees = new Map<string, Set<string>>(task.processes.map(({ name }) => [name, new Set()]));
  for (const { before, after } of steps(task, '')) {
    waitsFor.get(after.name)?.add(before.name);
    frees.get(before.name)?.add(after.name);
  }
  const ready = [...waitsFor].flatMap(([name, names]) => (names.size === 0 ? [name] : []));
  for (let name = ready.pop(); name !== undefined; name = ready.pop()) {
    waitsFor.delete(name);
    for (const next of frees.get(name) ?? []) {
      const names = waitsFor.get(next);
      if (names?.delete(name) === true && names.size === 0) ready.push(next);
    }
  }
  return walkBack(waitsFor);
}

/** Every process that is left waits for another that is left, so walking back must meet itself. */
function walkBack(waitsFor: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  const trail: string[] = [];
  for (let [name] = waitsFor.keys(); name !== undefined;) {
    const met = trail.indexOf(name);
    if (met >= 0) return [...trail.slice(met), name].reverse();
    trail.push(name);
    [name] = waitsFor.get(name) ?? [];
  }
  return [];
}
