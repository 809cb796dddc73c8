import type { Session } from '../session.js';

/** A call on its way. It is in the caller's `calls` until the caller has its answer, in the callee's `invocations` until the callee gave one. */
export interface Call {
  readonly caller: Session;
  readonly request: number;
  readonly callee: Session;
  readonly invocation: number;
  readonly progressive: boolean;
  /** The caller has its answer: what the callee still says is not handed on. */
  answered: boolean;
  stopTimer: (() => void) | undefined;
}

/** Marks the caller as answered. */
export function settle(call: Call): void {
  call.answered = true;
  call.stopTimer?.();
  call.stopTimer = undefined;
  if (call.caller.calls.get(call.request) === call) call.caller.calls.delete(call.request);
}
