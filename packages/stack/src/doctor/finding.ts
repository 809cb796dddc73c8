/** `skip`: not looked at, since something before it failed. */
export type FindingStatus = 'ok' | 'warn' | 'fail' | 'skip';

/** One line of the diagnosis. */
export interface Finding {
  /** What was looked at, such as `hub` or `node apex_weather`. */
  readonly check: string;
  readonly status: FindingStatus;
  readonly message: string;
  /** What to do about it. */
  readonly cure?: string;
}

export const ok = (check: string, message: string): Finding => ({ check, status: 'ok', message });
export const skip = (check: string, message: string): Finding => ({ check, status: 'skip', message });
export const warn = (check: string, message: string, cure: string): Finding => ({
  check,
  status: 'warn',
  message,
  cure,
});
export const fail = (check: string, message: string, cure: string): Finding => ({
  check,
  status: 'fail',
  message,
  cure,
});

/** The findings of a check; one that does not end in time, or fails itself, is a finding too. */
export async function within(
  check: string,
  deadlineMs: number,
  run: (signal: AbortSignal) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<readonly Finding[]>((resolve) => {
    timer = setTimeout(() => {
      controller.abort();
      resolve([fail(check, `no answer within ${deadlineMs / 1000} s`, 'look whether it hangs, then start it again')]);
    }, deadlineMs);
  });
  try {
    return await Promise.race([run(controller.signal), late]);
  } catch (error) {
    return [fail(check, (error as Error).message, 'see docs/doctor.md')];
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}
