import type { AuthFile } from './auth-core.js';

/** How requests are judged. */
export interface Auth {
  /** The rules of now: a file may change while the process runs. */
  rules(): AuthFile;
  close(): void;
}
