import * as fs from 'node:fs';
import { dirname } from 'node:path';
import { nodeDisk } from './disk.js';

/**
 * Makes a folder, and those above it, where they are not there. Throws what mkdir(2) says. Node.js's own recursive mkdir never
 * comes back from a folder in which nothing can be made, and which says so with ENOENT, such as /proc.
 */
export function makeFolder(path: string): void {
  try {
    make(path);
  } catch (error) {
    const above = dirname(path);
    if (codeOf(error) !== 'ENOENT' || above === path) throw error;
    makeFolder(above);
    make(path);
  }
}

function make(path: string): void {
  try {
    fs.mkdirSync(path);
    syncName(path);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !fs.statSync(path).isDirectory()) throw error;
  }
}

/** The new folder's name is durable, where the one above it can be opened. */
function syncName(path: string): void {
  try {
    nodeDisk.syncFolder(dirname(path));
  } catch {
    // It may be a folder that can be searched, but not read.
  }
}

function codeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}
