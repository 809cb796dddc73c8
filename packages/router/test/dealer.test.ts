import { beforeEach, describe, expect, it } from '@jest/globals';
import { code } from '../src/messages.js';
import { type Client, Core } from './support/core.js';

const cancelable = { call_canceling: true, progressive_call_results: true };

describe('the dealer', () => {
  let core: Core;
  let caller: Client;
  let callee: Client;
  let other: Client;
  beforeEach(() => {
    core = new Core();
    caller = core.connect();
    callee = core.connect();
    other = core.connect();
  });
  const errorOf = (message: readonly unknown[]): unknown => [message[0], message[1], message[4]];

  it('carries a call and its result', () => {
    const registration = callee.register('a.b');
    const request = caller.call('a.b', {}, [1, 'x']);
    const [type, invocation, id, details, args] = callee.next();
    expect([type, id, details, args]).toEqual([code.INVOCATION, registration, {}, [1, 'x']]);
    callee.sendWith([42], code.YIELD, invocation, {});
    expect(caller.next()).toEqual([code.RESULT, request, {}, [42]]);
  });

  it('carries an error', () => {
    callee.register('a.b');
    const request = caller.call('a.b');
    callee.sendWith(['why'], code.ERROR, code.INVOCATION, callee.next()[1], {}, 'my.error');
    expect(caller.next()).toEqual([code.ERROR, code.CALL, request, {}, 'my.error', ['why']]);
  });

  it('prefers exact to the longest prefix to the most literal wildcard', () => {
    const called = (uri: string): unknown => {
      caller.call(uri);
      const [, , registration, details] = callee.next();
      return [registration, details];
    };
    const wide = callee.register('a..c', { match: 'wildcard' });
    expect(called('a.b.c')).toEqual([wide, { procedure: 'a.b.c' }]);
    const narrow = callee.register('a.b.', { match: 'wildcard' });
    expect(called('a.b.c')).toEqual([narrow, { procedure: 'a.b.c' }]);
    const short = callee.register('a', { match: 'prefix' });
    expect(called('a.b.c')).toEqual([short, { procedure: 'a.b.c' }]);
    const long = callee.register('a.b', { match: 'prefix' });
    expect(called('a.b.c')).toEqual([long, { procedure: 'a.b.c' }]);
    const exact = callee.register('a.b.c');
    expect(called('a.b.c')).toEqual([exact, {}]);
  });

  it.each([
    ['first', 'abab'.replaceAll('b', 'a')],
    ['last', 'bbbb'],
    ['roundrobin', 'abab'],
    ['random', 'bbbb'],
  ])('shares a procedure by the policy %s', (invoke, expected) => {
    core.random = 0.99;
    expect(callee.register('shared', { invoke })).toBe(other.register('shared', { invoke }));
    const chosen = Array.from({ length: 4 }, () => {
      caller.call('shared');
      const name = callee.received.length > 0 ? 'a' : 'b';
      callee.received.length = other.received.length = 0;
      return name;
    });
    expect(chosen.join('')).toBe(expected);
  });

  it('goes on with the callee that stays', () => {
    callee.register('shared', { invoke: 'roundrobin' });
    other.register('shared', { invoke: 'roundrobin' });
    callee.disconnect();
    for (let i = 0; i < 3; i++) caller.call('shared');
    expect(other.received).toHaveLength(3);
  });

  it('refuses a second registration, and one by another policy', () => {
    callee.register('a.b');
    expect(other.ask(code.REGISTER, {}, 'a.b')[4]).toBe('wamp.error.procedure_already_exists');
    expect(other.ask(code.REGISTER, { invoke: 'first' }, 'a.b')[4]).toBe(
      'wamp.error.procedure_exists_with_different_invocation_policy',
    );
    callee.register('shared', { invoke: 'first' });
    expect(callee.ask(code.REGISTER, { invoke: 'first' }, 'shared')[4]).toBe('wamp.error.procedure_already_exists');
  });

  it('takes a procedure away by force, telling the one who had it', () => {
    const revocable = core.connect('all', { registration_revocation: true });
    const old = revocable.register('a.b');
    const fresh = other.register('a.b', { force_reregister: true });
    expect(fresh).not.toBe(old);
    expect(revocable.next().slice(0, 2)).toEqual([code.UNREGISTERED, 0]);
    caller.call('a.b');
    expect(other.next()[0]).toBe(code.INVOCATION);
  });

  it.each(['', 'a b', 'a..b', 'wamp.session.count'])('refuses to register "%s"', (uri) => {
    expect(callee.ask(code.REGISTER, {}, uri)[4]).toBe('wamp.error.invalid_uri');
  });

  it('refuses what a role may not', () => {
    const agent = core.connect('agent');
    expect(agent.ask(code.REGISTER, {}, 'observatory.x')[4]).toBe('wamp.error.not_authorized');
    agent.call('org.x');
    expect(agent.next()[4]).toBe('wamp.error.not_authorized');
  });

  it('says when there is no such procedure, before and after its time', () => {
    caller.call('a.b');
    expect(caller.next()[4]).toBe('wamp.error.no_such_procedure');
    const id = callee.register('a.b');
    expect(callee.ask(code.UNREGISTER, id)[0]).toBe(code.UNREGISTERED);
    expect(callee.ask(code.UNREGISTER, id)[4]).toBe('wamp.error.no_such_registration');
    caller.call('a.b');
    expect(caller.next()[4]).toBe('wamp.error.no_such_procedure');
  });

  it('hands progressive results to callers that want them only', () => {
    const able = core.connect('all', cancelable);
    able.register('a.b');
    const request = caller.call('a.b', { receive_progress: true });
    const [, invocation, , details] = able.next();
    expect(details).toEqual({ receive_progress: true });
    able.sendWith([1], code.YIELD, invocation, { progress: true });
    able.sendWith([2], code.YIELD, invocation, {});
    expect(caller.received.splice(0)).toEqual([
      [code.RESULT, request, { progress: true }, [1]],
      [code.RESULT, request, {}, [2]],
    ]);
    caller.call('a.b');
    const second = able.next()[1];
    able.sendWith([1], code.YIELD, second, { progress: true });
    expect(caller.received).toEqual([]);
  });

  it.each([
    ['skip', false, true],
    ['kill', true, false],
    ['killnowait', true, true],
    [undefined, true, true],
  ])('cancels by mode %s', (mode, interrupted, answered) => {
    const able = core.connect('all', cancelable);
    able.register('a.b');
    const request = caller.call('a.b');
    const invocation = able.next()[1];
    caller.send(code.CANCEL, request, mode === undefined ? {} : { mode });
    expect(able.received.map((message) => message.slice(0, 2))).toEqual(
      interrupted ? [[code.INTERRUPT, invocation]] : [],
    );
    const canceled = [code.ERROR, code.CALL, 'wamp.error.canceled'];
    expect(caller.received.splice(0).map(errorOf)).toEqual(answered ? [canceled] : []);
    able.send(code.ERROR, code.INVOCATION, invocation, {}, 'wamp.error.canceled');
    expect(caller.received.map(errorOf)).toEqual(answered ? [] : [canceled]);
    caller.send(code.CANCEL, request, {});
    expect(able.received.length).toBe(Number(interrupted));
  });

  it('keeps nothing of calls that a hung callee will never answer', () => {
    callee.register('a.b');
    for (let i = 0; i < 100; i++) caller.call('a.b', { timeout: 100 });
    core.advance(1);
    const held = core.realm.sessions.get(callee.id)?.invocations.size;
    expect([caller.received.length, held, core.timers]).toEqual([100, 0, 0]);
  });

  it('does not wait for a callee that knows no INTERRUPT', () => {
    callee.register('a.b');
    const request = caller.call('a.b');
    const invocation = callee.next()[1];
    caller.send(code.CANCEL, request, { mode: 'kill' });
    expect(caller.next()[4]).toBe('wamp.error.canceled');
    callee.send(code.YIELD, invocation, {});
    expect([caller.received, callee.received, callee.ended]).toEqual([[], [], false]);
  });

  it('ends a call after its timeout', () => {
    const able = core.connect('all', cancelable);
    able.register('a.b');
    caller.call('a.b', { timeout: 500 });
    const invocation = able.next()[1];
    core.advance(0.4);
    expect(caller.received).toEqual([]);
    core.advance(0.2);
    expect(caller.next()[4]).toBe('wamp.error.timeout');
    expect(able.next().slice(0, 2)).toEqual([code.INTERRUPT, invocation]);
    able.send(code.YIELD, invocation, {});
    expect(caller.received).toEqual([]);
  });

  it('stops the timer of a call that was answered', () => {
    callee.register('a.b');
    caller.call('a.b', { timeout: 500 });
    callee.send(code.YIELD, callee.next()[1], {});
    expect(core.timers).toBe(0);
  });

  it('answers the caller for a callee that leaves', () => {
    callee.register('a.b');
    caller.call('a.b');
    callee.disconnect();
    expect(caller.next()[4]).toBe('wamp.error.canceled');
  });

  it('interrupts the callee of a caller that leaves and drops the answer', () => {
    const able = core.connect('all', cancelable);
    able.register('a.b');
    caller.call('a.b', { timeout: 1000 });
    const invocation = able.next()[1];
    caller.disconnect();
    expect(able.next().slice(0, 2)).toEqual([code.INTERRUPT, invocation]);
    able.send(code.YIELD, invocation, {});
    expect([able.ended, core.timers]).toEqual([false, 0]);
  });

  it('tells who called if the caller, or the registration, wants it', () => {
    const identity = { caller: caller.id, caller_authid: 'id of all', caller_authrole: 'all' };
    callee.register('quiet');
    callee.register('curious', { disclose_caller: true });
    caller.call('quiet', { disclose_me: true });
    caller.call('curious');
    caller.call('quiet');
    expect(callee.received.map((message) => message[3])).toEqual([identity, identity, {}]);
  });

  it('answers a caller whose arguments cannot be carried', () => {
    callee.register('a.b');
    callee.deafTo.add(code.INVOCATION);
    caller.call('a.b', {}, [1]);
    expect(caller.next()[4]).toBe('wamp.error.payload_size_exceeded');
    callee.deafTo.clear();
    caller.deafTo.add(code.RESULT);
    caller.call('a.b', {}, [1]);
    callee.sendWith([1], code.YIELD, callee.next()[1], {});
    expect(caller.next()[4]).toBe('wamp.error.payload_size_exceeded');
  });

  it('limits the calls that wait', () => {
    const small = new Core({ maxPendingCalls: 1 });
    const [a, b] = [small.connect(), small.connect()];
    b.register('a.b');
    a.call('a.b');
    a.call('a.b');
    expect(a.next()[4]).toBe('wamp.error.unavailable');
  });

  it.each([
    ['a request id of a pending call', (): void => caller.send(code.CALL, 1, {}, 'a.b')],
    ['an answer to no invocation', (): void => caller.send(code.YIELD, 7, {})],
    ['a second HELLO', (): void => caller.send(code.HELLO, 'test_realm', {})],
  ])('ends a session that sends %s', (_name, misbehave) => {
    callee.register('a.b');
    caller.call('a.b');
    misbehave();
    expect(caller.received.at(-1)?.[2]).toBe('wamp.error.protocol_violation');
    expect(caller.ended).toBe(true);
    expect(core.realm.sessions.has(caller.id)).toBe(false);
  });
});
