import { parseOptions, runProcess } from '@murmur/service';
import { observerOptions } from './options.js';
import { startObserver } from './observer/observer.js';

const NAME = 'murmur-thermos';
const SUMMARY = "The observer: tells of an agent's tasks, processes, resource use and sandboxes over HTTP.";

export function observerHelp(): string {
  const parsed = parseOptions(
    { name: `${NAME} observer`, summary: SUMMARY },
    observerOptions,
    ['--help'],
    {},
  );
  return parsed.kind === 'print' ? parsed.text : '';
}

export function runObserver(): Promise<void> {
  return runProcess({ name: NAME, summary: SUMMARY, options: observerOptions, start: startObserver });
}
