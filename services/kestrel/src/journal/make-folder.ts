import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
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

/** Throws where no file can be made in the folder: each set would be refused. A disk that is full may have room again. */
export function mustTakeFiles(folder: string): void {
  const path = join(folder, '.probe');
  try {
    fs.closeSync(fs.openSync(path, 'w'));
    fs.unlinkSync(path);
  } catch (error) {
    if (!['ENOSPC', 'EDQUOT'].includes(codeOf(error))) throw error;
  }
}

/** The code of a failed system call; empty where it is another error. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
}
