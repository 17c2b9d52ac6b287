import { ApiError, fieldReader, type FieldReader } from '@murmur/public-api';

/** Fields as a JSON body would give them. */
export function fields(values: Readonly<Record<string, unknown>>): FieldReader {
  return fieldReader(new Map(Object.entries(values)));
}

/** The `ApiError` that `run` throws. */
export function refusal(run: () => unknown): ApiError {
  try {
    run();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
