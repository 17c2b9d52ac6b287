import { defineOptions } from '@murmur/service';
import { RATE_LIMIT, RATE_WINDOW_SECONDS } from './rate-limit.js';

/** Of every service with public routes: they count together, so they must agree. */
export const rateLimitOptions = defineOptions({
  rateLimit: {
    type: 'integer',
    default: RATE_LIMIT,
    min: 0,
    max: 1_000_000_000,
    unit: 'requests',
    help: 'per token (or address) and window; 0 = no limit',
  },
  rateWindowSeconds: {
    type: 'integer',
    default: RATE_WINDOW_SECONDS,
    min: 1,
    max: 86_400,
    unit: 's',
    help: 'length of that window',
  },
});
