export * from './protocol.js';
export type * from './containerizer/types.js';
export { startAgent, type AgentStartTools, type RunningAgent } from './agent/start.js';
export { agentOptions, withAgentDefaults, type AgentOptions } from './agent/options.js';
export { startSimulatedAgents, type RunningSimulation, type SimulationOptions } from './simulate/start.js';
