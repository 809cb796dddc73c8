interface UntilOptions {
  /** Longest wait in ms (default 60,000): reached only by a test that fails. */
  readonly withinMs?: number;
  /** What is waited for, for the message. */
  readonly what?: string;
}

/**
 * Waits for a condition, asking every few ms; returns what made it true. A condition that throws is not true yet.
 * @throws Error when the time is up, with the last thing thrown as cause.
 */
export async function until<T>(
  condition: () => T | Promise<T>,
  { withinMs = 60_000, what = 'the condition' }: UntilOptions = {},
): Promise<NonNullable<T>> {
  const deadline = Date.now() + withinMs;
  let cause: unknown;
  for (;;) {
    try {
      const result = await condition();
      if (result) return result;
      cause = undefined;
    } catch (thrown) {
      cause = thrown;
    }
    if (Date.now() >= deadline) throw new Error(`${what} did not come true within ${withinMs} ms`, { cause });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
