import {
  code,
  type CancelMessage,
  type Dict,
  type ErrorMessage,
  type RequestMessage,
  ViolationError,
  type YieldMessage,
} from '../messages.js';
import type { MetaProcedure } from '../meta.js';
import type { RealmContext } from '../realm.js';
import { type Session, untransportable } from '../session.js';
import { errorUri, isUri } from '../uris.js';
import { outMessage } from '../wire/codec.js';
import { emptyDict } from '../wire/value.js';
import { type Call, settle } from './calls.js';
import type { Dealer } from './dealer.js';
import { type Callee, chooseCallee, type Registration } from './registration.js';

const progress: Dict = Object.freeze({ progress: true });
const cancelModes = ['skip', 'kill', 'killnowait'];
const longestTimeoutMs = 2 ** 31 - 1;

/** Calls of one realm: from CALL to RESULT or ERROR. */
export class Caller {
  private readonly realm: RealmContext;
  private readonly dealer: Dealer;
  private readonly meta: ReadonlyMap<string, MetaProcedure>;

  constructor(realm: RealmContext, dealer: Dealer, meta: ReadonlyMap<string, MetaProcedure>) {
    this.realm = realm;
    this.dealer = dealer;
    this.meta = meta;
  }

  /** Throws ViolationError for a request id that is in use. */
  call(session: Session, message: RequestMessage): void {
    const { request, uri } = message;
    const fail = (error: string, text: string): void => session.sendError(code.CALL, request, error, text);
    if (session.calls.has(request)) throw new ViolationError(`a CALL with the request id ${request} of a pending one`);
    if (!isUri(uri, 'exact')) return fail(errorUri.invalidUri, `"${uri}" is no procedure`);
    const permission = this.realm.allowed(session, 'call', uri, 'exact');
    if (permission === undefined) {
      return fail(errorUri.notAuthorized, `role ${session.identity.authrole} may not call "${uri}"`);
    }
    const own = this.meta.get(uri);
    if (own !== undefined) return own(session, message);
    const registration = this.dealer.index.best(uri);
    if (registration === undefined) return fail(errorUri.noSuchProcedure, `no callee registered for "${uri}"`);
    if (session.calls.size >= this.realm.limits.maxPendingCalls) {
      return fail(errorUri.unavailable, `more than ${this.realm.limits.maxPendingCalls} calls that wait for an answer`);
    }
    this.invoke(session, message, registration, permission.disclose?.caller === true);
  }

  /** Throws ViolationError for an answer to what was never asked. */
  yield(session: Session, { request, options, payload }: YieldMessage): void {
    const call = this.pending(session, request);
    if (call === undefined) return;
    const partial = options['progress'] === true;
    // WAMP specification, "Progressive Call Results": only to callers that asked for them.
    if (partial && !call.progressive) return;
    if (!partial) settle(call);
    call.caller.answer(call.request, outMessage([code.RESULT, call.request, partial ? progress : emptyDict], payload));
  }

  error(session: Session, message: ErrorMessage): void {
    const call = this.pending(session, message.request);
    if (call === undefined) return;
    settle(call);
    const header = [code.ERROR, code.CALL, call.request, emptyDict, message.uri];
    call.caller.answer(call.request, outMessage(header, message.payload));
  }

  cancel(session: Session, { request, options }: CancelMessage): void {
    const call = session.calls.get(request);
    if (call === undefined) return; // answered meanwhile (WAMP specification, "Call Canceling": ignored)
    const mode = cancelModes.includes(options['mode'] as string) ? (options['mode'] as string) : 'killnowait';
    if (mode !== 'skip') this.interrupt(call, mode, errorUri.canceled);
    // A callee that knows no INTERRUPT cannot be waited for: `kill` is then `skip`.
    if (mode === 'kill' && call.callee.features.cancelable) return;
    this.giveUp(call, errorUri.canceled, 'the call was canceled');
  }

  /** Ends the calls of a session that ended, as caller and as callee. */
  forget(session: Session): void {
    for (const call of [...session.calls.values()]) {
      this.interrupt(call, 'killnowait', errorUri.canceled);
      settle(call);
    }
    for (const call of [...session.invocations.values()]) {
      this.giveUp(call, errorUri.canceled, 'the callee left before it answered');
    }
  }

  private invoke(caller: Session, message: RequestMessage, registration: Registration, disclosed: boolean): void {
    const { request, options, uri, payload } = message;
    const chosen = chooseCallee(registration, this.realm.random);
    const callee = chosen.session;
    const progressive = options['receive_progress'] === true && callee.features.progressiveCallee;
    const invocation = callee.nextInvocation();
    const call: Call = { caller, request, callee, invocation, progressive, stopTimer: undefined };
    caller.calls.set(request, call);
    callee.invocations.set(invocation, call);
    const timeoutMs = options['timeout'];
    if (typeof timeoutMs === 'number' && timeoutMs > 0) {
      const sec = Math.min(timeoutMs, longestTimeoutMs) / 1000;
      call.stopTimer = this.realm.timers.set(() => this.expire(call), sec);
    }
    const named = registration.match === 'exact' ? undefined : uri;
    const details = invocationDetails(chosen, caller, named, progressive, disclosed || options['disclose_me'] === true);
    if (callee.send(outMessage([code.INVOCATION, invocation, registration.id, details], payload))) return;
    this.giveUp(call, errorUri.payloadSize, untransportable);
  }

  private pending(session: Session, request: number): Call | undefined {
    const call = session.invocations.get(request);
    if (call === undefined) {
      if (!session.wasInvoked(request))
        throw new ViolationError(`an answer to the invocation ${request}, which was never made`);
      this.realm.stats.count('stray_answer');
    }
    return call;
  }

  private expire(call: Call): void {
    this.interrupt(call, 'killnowait', errorUri.timeout);
    this.giveUp(call, errorUri.timeout, 'no answer within the timeout of the call');
  }

  private interrupt({ callee, invocation }: Call, mode: string, reason: string): void {
    if (callee.features.cancelable) callee.send(outMessage([code.INTERRUPT, invocation, { mode, reason }]));
  }

  private giveUp(call: Call, uri: string, text: string): void {
    settle(call);
    call.caller.sendError(code.CALL, call.request, uri, text);
  }
}

function invocationDetails(
  { discloseCaller }: Callee,
  caller: Session,
  procedure: string | undefined,
  progressive: boolean,
  disclosed: boolean,
): Dict {
  const tell = discloseCaller || disclosed;
  if (procedure === undefined && !progressive && !tell) return emptyDict;
  return {
    ...(procedure !== undefined && { procedure }),
    ...(progressive && { receive_progress: true }),
    // WAMP specification, "Caller Identification"
    ...(tell && {
      caller: caller.id,
      caller_authid: caller.identity.authid,
      caller_authrole: caller.identity.authrole,
    }),
  };
}
