import type { HttpHealthChecker } from '@murmur/job-config';
import { exchange } from '../http.js';
import type { CheckResult } from './health-core.js';

/** An answer to a health check is a word; what is longer is cut, bytes. */
export const HEALTH_BODY_BYTES_MAX = 64 * 1024;
const SHOWN_CHARS = 60;

/**
 * GET on the port of this machine. As Aurora's: the body without white space at its ends, in lower case, must be what is
 * expected (empty: any), the body of anything but 2xx counts as empty, and a code counts only where one is expected.
 */
export async function checkHttp(
  port: number,
  http: HttpHealthChecker,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const what = `GET http://127.0.0.1:${port}${http.endpoint}`;
  const expected = http.expected_response.toLowerCase();
  try {
    const answer = await exchange({
      method: 'GET',
      port,
      path: http.endpoint,
      timeoutMs,
      bodyBytesMax: HEALTH_BODY_BYTES_MAX,
      signal,
    });
    const body = answer.status >= 200 && answer.status < 300 ? answer.body.trim().toLowerCase() : '';
    const code = http.expected_response_code;
    if (expected !== '' && body !== expected)
      return bad(`${what} answered ${answer.status} ${show(answer.body)}, expected is ${show(expected)}`);
    if (code !== 0 && answer.status !== code)
      return bad(`${what} answered ${answer.status}, expected is ${code}`);
    return { ok: true };
  } catch (error) {
    return bad(`${what}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function bad(reason: string): CheckResult {
  return { ok: false, reason };
}

function show(text: string): string {
  const trimmed = text.trim();
  return JSON.stringify(trimmed.length <= SHOWN_CHARS ? trimmed : `${trimmed.slice(0, SHOWN_CHARS)}...`);
}
