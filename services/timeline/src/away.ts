/** While MySQL is away, caches answer; what they do not know is then `null`, not an error. */
import { StoreUnavailable } from '@murmur/store';

/** The answer, or null when MySQL is away. Any other failure is thrown on. */
export async function orAway<T>(answer: Promise<T>): Promise<T | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof StoreUnavailable) return null;
    throw error;
  }
}
