/** Every error of the API: `{"error": {"code", "message", "details"?}}`. */
export const ERRORS = {
  'bad-request': {
    status: 400,
    retry: false,
    what: 'a parameter or a body that cannot be used; the message names it',
  },
  unauthorized: { status: 401, retry: false, what: 'no credentials, or wrong ones' },
  forbidden: { status: 403, retry: false, what: 'credentials without the right for this role' },
  'not-found': { status: 404, retry: false, what: 'no such job, instance, task, agent or path' },
  'job-exists': { status: 409, retry: false, what: 'the job has active instances' },
  'job-updating': { status: 409, retry: true, what: 'an update of the job is under way' },
  'too-large': { status: 413, retry: false, what: 'a body beyond the bound' },
  'invalid-job': { status: 422, retry: false, what: 'the config breaks a rule; `details` lists each' },
  'not-supported': {
    status: 422,
    retry: false,
    what: 'a valid config that this scheduler does not run, such as a cron job',
  },
  'limit-exceeded': { status: 422, retry: false, what: 'more instances than a job may have' },
  'never-fits': { status: 422, retry: false, what: 'no known agent could ever take an instance' },
  'not-leader': { status: 503, retry: true, what: 'another scheduler leads, and which is not known' },
  'not-ready': { status: 503, retry: true, what: 'this scheduler leads, but is not ready yet' },
  internal: { status: 500, retry: true, what: 'an error of the scheduler; its log has more' },
} as const;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorBody {
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly details?: readonly string[];
  };
}
