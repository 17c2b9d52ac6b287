import { createHash } from 'node:crypto';
import type { Job } from '@murmur/job-config';
import type { TaskConfig } from '../model/config.js';
import { configOf, storedConfigOf } from './config-core.js';

/** SHA-256 in hexadecimal: the `hash` of decisions and configs. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The config that a job's tasks would have. */
export function taskConfigOf(job: Job): TaskConfig {
  return configOf(storedConfigOf(job, sha256));
}
