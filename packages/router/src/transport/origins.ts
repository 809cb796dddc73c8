/** Whether a browser page of this origin may connect; peers that are no browsers send none. */
export type OriginCheck = (origin: string | undefined) => boolean;

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Loopback origins, and those named (as browsers send them, `https://host:port`; `*` for all). */
export function originCheck(allowed: readonly string[] = []): OriginCheck {
  const named = new Set(allowed);
  return (origin) => origin === undefined || named.has('*') || named.has(origin) || isLoopback(origin);
}

function isLoopback(origin: string): boolean {
  return URL.canParse(origin) && loopback.has(new URL(origin).hostname);
}
