import fs from 'node:fs';
import { createRequire, syncBuiltinESMExports } from 'node:module';

/**
 * Takes away what a config must not reach, should it get from Python to JavaScript. The second of three walls: before it, who searches
 * Python's memory finds values of JavaScript, but no way to its globals that is known; behind it, Node.js itself refuses files, commands and code made of text (`process.ts`).
 */

/** Modules that lead to files, commands, the network and other processes. */
const MODULES = [
  'child_process',
  'cluster',
  'dgram',
  'dns',
  'fs',
  'http',
  'http2',
  'https',
  'inspector',
  'net',
  'repl',
  'tls',
  'v8',
  'worker_threads',
] as const;
const GLOBALS = [
  'fetch',
  'WebSocket',
  'EventSource',
  'XMLHttpRequest',
  'Request',
  'BroadcastChannel',
] as const;
const OF_PROCESS = [
  'abort',
  'binding',
  '_linkedBinding',
  'chdir',
  'dlopen',
  'getBuiltinModule',
  'kill',
  'setuid',
  'setgid',
  'seteuid',
  'setegid',
  'setgroups',
  'initgroups',
  'execve',
  'loadEnvFile',
  'openStdin',
  '_debugProcess',
  '_debugEnd',
  '_getActiveHandles',
  '_getActiveRequests',
] as const;

/** Pyodide wants the numbers of the file flags; with them it may not have the rest of what `process.binding` gives. */
export function giveConstants(): void {
  const given = { fs: fs.constants };
  set(process, 'binding', (name: string) => (name === 'constants' ? given : refuse()));
}

/** From here on, this process talks through the pipe it has, computes, and ends. */
export function hobble(): void {
  const require = createRequire(import.meta.url);
  for (const name of MODULES) hollow(require(`node:${name}`) as Record<string, unknown>);
  hollow((require('node:fs') as { readonly promises: Record<string, unknown> }).promises);
  syncBuiltinESMExports();
  for (const name of GLOBALS) Reflect.deleteProperty(globalThis, name);
  for (const name of OF_PROCESS) set(process, name, refuse);
}

/** Every function of a module becomes one that refuses. */
function hollow(exports: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(exports)) {
    if (typeof value === 'function') set(exports, name, refuse);
  }
}

function set(object: object, name: string, value: unknown): void {
  Reflect.defineProperty(object, name, { value, configurable: true, writable: true });
}

function refuse(): never {
  throw new Error('not allowed in a config');
}
