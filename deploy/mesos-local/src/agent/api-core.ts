/** The GET_* answers of an agent's `POST /api/v1` that come from its state. */
import type {
  AgentResponseGetExecutors,
  AgentResponseGetFrameworks,
  AgentResponseGetState,
  AgentResponseGetTasks,
  Task,
} from '@murmur/engine';
import { taskOf } from './hello-core.js';
import type { AgentState, Run, TaskPhase } from './model-core.js';

export function getTasks(state: AgentState): AgentResponseGetTasks {
  const ended = allCompleted(state);
  const of = (runs: readonly Run[], ...phases: readonly TaskPhase[]): Task[] =>
    runs.flatMap((run) =>
      [...run.tasks.values()]
        .filter((task) => phases.includes(task.phase))
        .map((task) => taskOf(state, run, task)),
    );
  const runs = [...state.runs.values()];
  return {
    queued_tasks: of(runs, 'queued'),
    launched_tasks: of(runs, 'launched'),
    terminated_tasks: of(runs, 'terminated'),
    completed_tasks: [...of(runs, 'completed'), ...of(ended, 'completed', 'terminated')],
  };
}

export function getExecutors(state: AgentState): AgentResponseGetExecutors {
  const infos = (runs: readonly Run[]) => runs.map((run) => ({ executor_info: run.info }));
  return { executors: infos([...state.runs.values()]), completed_executors: infos(allCompleted(state)) };
}

export function getFrameworks(state: AgentState): AgentResponseGetFrameworks {
  return {
    frameworks: [...state.frameworks.values()].map(({ info }) => ({ framework_info: info })),
    completed_frameworks: state.completedFrameworks.map(({ info }) => ({ framework_info: info })),
  };
}

export function getState(state: AgentState): AgentResponseGetState {
  return {
    get_tasks: getTasks(state),
    get_executors: getExecutors(state),
    get_frameworks: getFrameworks(state),
  };
}

function allCompleted(state: AgentState): readonly Run[] {
  return [...state.frameworks.values(), ...state.completedFrameworks].flatMap(({ completed }) => completed);
}
