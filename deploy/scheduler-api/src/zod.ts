/** The one place that knows which library describes shapes. */
export { z } from 'zod';
