/** Runs `work` on every item, at most `max` at a time. `work` must not reject. */
export async function eachBounded<T>(
  items: readonly T[],
  max: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (let next = queue.next(); next.done !== true; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: Math.min(max, items.length) }, worker));
}
