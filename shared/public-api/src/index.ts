export type * from './types.js';
export {
  API_ERRORS,
  ApiError,
  asApiError,
  invalidField,
  invalidFields,
  notFound,
  RETRY_AFTER_SECONDS,
  type ApiErrorOptions,
  type ErrorCode,
  type ErrorDetails,
  type FieldErrorCode,
} from './error-core.js';
export { apiErrors, type ApiErrorsOptions } from './errors.js';
export { cors } from './cors.js';
export { bodies, BODY_BYTES_MAX } from './bodies.js';
export { FIELD_CHARACTERS_MAX, fieldReader, LIST_ITEMS_MAX } from './field-core.js';
export { pathId, requestFields } from './fields.js';
export { covers, DEFAULT_SCOPES, grants, parseScopes, SCOPES } from './scope-core.js';
export {
  authenticate,
  callerOf,
  requireScope,
  requireUser,
  scopeIfToken,
  sha256Hex,
  userOf,
} from './authenticate.js';
export { RATE_LIMIT, RATE_WINDOW_SECONDS, rateLimit } from './rate-limit.js';
export { clientAddress, originOf } from './origin.js';
export { linkHeader, PAGE_DEFAULT, PAGE_MAX, pageParams } from './page-core.js';
export { sendEntity } from './answer.js';
export { asyncRoute, sendPage } from './page.js';
export { rateLimitOptions } from './options.js';
