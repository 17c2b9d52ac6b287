export * from './runner/index.js';
export { createExecutor, type Executor, type ExecutorOptions } from './executor/executor.js';
export { startObserver, type ObserverTools } from './observer/observer.js';
export { executorOptions, observerOptions } from './options.js';
