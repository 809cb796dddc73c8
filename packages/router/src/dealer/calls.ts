import type { Session } from '../session.js';

/** A call that its caller waits for: in the caller's `calls` and the callee's `invocations` until it is settled. */
export interface Call {
  readonly caller: Session;
  readonly request: number;
  readonly callee: Session;
  readonly invocation: number;
  readonly progressive: boolean;
  stopTimer: (() => void) | undefined;
}

/** The caller has its answer, or needs none. What the callee may still say about it finds no call: nothing is kept for it. */
export function settle(call: Call): void {
  call.stopTimer?.();
  call.caller.calls.delete(call.request);
  call.callee.invocations.delete(call.invocation);
}
