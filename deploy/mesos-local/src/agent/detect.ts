import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statfsSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Resource } from '@murmur/engine';
import { parseResources, toResources, type Bundle } from '../resources/index.js';
import { detectedResources } from './detect-core.js';

const MIB = 1024 * 1024;

/** What `--resources` (inline or `file:///...`) names. Throws ValueError, and what reading the file throws. */
export function resourcesIn(text: string, defaultRole: string): Bundle {
  return parseResources(inline(text), defaultRole);
}

/** These resources with what they leave out as this machine has it. */
export function resourcesOf(given: Bundle, defaultRole: string, workDir: string): readonly Resource[] {
  const { blocks, bsize } = statfsSync(workDir);
  const detected = detectedResources({
    cpus: availableParallelism(),
    memMb: Math.floor(totalmem() / MIB),
    diskMb: Math.floor((blocks * bsize) / MIB),
  });
  const missing: Bundle = parseResources(detected, defaultRole).filter(
    (item) => !given.some((each) => each.kind.name === item.kind.name),
  );
  return toResources([...given, ...missing], 'post');
}

function inline(text: string): string {
  return text.startsWith('file://') ? readFileSync(new URL(text), 'utf8').trim() : text;
}

/** A new one at every start of the machine. */
export function bootIdOf(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
}

const DIGEST_CHARACTERS = 12;

/** A cgroup of its own for each work dir, the same after each restart. */
export function cgroupsRootOf(given: string, workDir: string): string {
  if (given !== '') return given;
  const digest = createHash('sha256').update(realpathSync(workDir)).digest('hex');
  return `murmur/${digest.slice(0, DIGEST_CHARACTERS)}`;
}
