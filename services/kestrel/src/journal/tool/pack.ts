import { existsSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Log } from '@murmur/service';
import type { Backlog } from '../../queue/backlog-core.js';
import type { Item } from '../../queue/item.js';
import { nodeDisk } from '../disk.js';
import { FilePool } from '../file-pool.js';
import { lockFolder } from '../lock.js';
import type { PackContent } from '../pack-core.js';
import { QueueFiles } from '../queue-files.js';
import type { ReadEnd } from '../read.js';
import { recover, replaySegments } from '../recovery.js';
import { Segments, type Segment } from '../segments.js';
import { findSpools } from '../spools.js';
import { UsageError } from './arguments.js';

/** Items kept in memory at a time, bytes; the others are read when it is their turn. */
const MEMORY_BYTES = 64 * 1024 * 1024;

export interface Packed {
  readonly path: string;
  readonly items: number;
  readonly bytes: number;
  /** Damage that was met; what lies behind it in its file is not in the pack. */
  readonly damage: readonly { readonly file: string; readonly at: number; readonly lost: number }[];
}

/** Makes one journal of those of a queue, in place; the folder must be nobody's. Damaged tails are cut off, as at a start. */
export function packQueue(folder: string, queue: string, log: Log): Packed {
  const unlock = lockFolder(folder);
  try {
    const spool = findSpools(folder).get(queue);
    if (spool === undefined) throw new UsageError(`${folder}: has no journal of a queue ${queue}`);
    const damage: { file: string; at: number; lost: number }[] = [];
    const warnings = damageLog(damage, log);
    const path = join(folder, queue);
    const { segments, restored } = recover(nodeDisk, path, spool, MEMORY_BYTES, Date.now(), warnings);
    const items = restored.backlog.length;
    const files = new QueueFiles(segments, nodeDisk, new FilePool(nodeDisk), log);
    // What is read of the old files is read before they go.
    files.replace(contentOf(restored.backlog), Date.now(), true);
    files.close();
    return { path, items, bytes: segments.current.size, damage };
  } finally {
    unlock();
  }
}

/** Replays files as those of one queue, in this order, into a new one. */
export function packFiles(files: readonly string[], out: string, log: Log): Packed {
  if (existsSync(out)) throw new UsageError(`${out}: is there already`);
  const segments = new Segments(
    '',
    files.map((suffix, time): Segment => ({ suffix, time, size: statSync(suffix).size })),
  );
  const damage: { file: string; at: number; lost: number }[] = [];
  const ended = ({ suffix }: Segment, { good, size }: ReadEnd): void => {
    if (good < size) damage.push({ file: suffix, at: good, lost: size - good });
  };
  const present = segments.archives;
  const { restored } = replaySegments(nodeDisk, segments, present, MEMORY_BYTES, Date.now(), log, ended);
  const items = restored.backlog.length;
  const target = new Segments(out);
  const written = new QueueFiles(target, nodeDisk, new FilePool(nodeDisk), log);
  written.replace(contentOf(restored.backlog), Date.now(), true);
  written.close();
  return { path: out, items, bytes: target.current.size, damage };
}

/** The files of a queue in a folder, oldest first; a pack stands for those before it. The folder must be nobody's. */
export function packQueueTo(folder: string, queue: string, out: string, log: Log): Packed {
  const unlock = lockFolder(folder);
  try {
    const spool = findSpools(folder).get(queue);
    if (spool === undefined) throw new UsageError(`${folder}: has no journal of a queue ${queue}`);
    const path = join(folder, queue);
    const pack = Math.max(-1, ...spool.packs);
    const archives = spool.archives.filter((time) => time > pack).sort((a, b) => a - b);
    const files = [
      ...(pack >= 0 ? [`${path}.${pack}.pack`] : []),
      ...archives.map((time) => `${path}.${time}`),
      ...(spool.current ? [path] : []),
    ];
    return packFiles(files, out, log);
  } finally {
    unlock();
  }
}

function contentOf(backlog: Backlog): PackContent {
  return { open: [], slots: [], items: drained(backlog) };
}

function* drained(backlog: Backlog): Generator<Item> {
  for (let item = backlog.shift(); item !== undefined; item = backlog.shift()) yield item;
  if (backlog.length > 0) throw new Error(`${backlog.length} items cannot be read back`);
}

/** Hears of what is cut off. */
function damageLog(damage: { file: string; at: number; lost: number }[], log: Log): Log {
  return {
    ...log,
    warn: (fields, message) => {
      const { path, at, lost } = fields as { path?: string; at?: number; lost?: number };
      if (path === undefined || at === undefined || lost === undefined) log.warn(fields, message);
      else damage.push({ file: join(dirname(path), basename(path)), at, lost });
    },
  };
}
