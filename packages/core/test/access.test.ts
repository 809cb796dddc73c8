import { describe, expect, it } from '@jest/globals';
import { type AccessRules, type Login, matchesName, rulesPolicy, tokenName } from '@sisock/core';
import fc from 'fast-check';

const rules: AccessRules = {
  anonymous: { nodes: ['open_*'] },
  tokens: [{ name: 'grafana', hash: 'grafana.t', nodes: ['*', '!secret'] }],
  users: [{ name: 'grafana', hash: 'u', nodes: ['secret'] }],
};

/** Secrets fit the hash that is their first letter. */
function policyOf(now: () => AccessRules) {
  const asked: { login: Login; hash: string | undefined }[] = [];
  const policy = rulesPolicy(now, (login, hash) => {
    asked.push({ login, hash });
    return Promise.resolve(login.secret.startsWith(hash ?? 'none'));
  });
  return { policy, asked };
}

describe('a policy of rules', () => {
  it('tells tokens and users of one name apart', async () => {
    const { policy, asked } = policyOf(() => rules);
    const user = { kind: 'basic', user: 'grafana', password: 'u1' } as const;
    const known = await policy.authenticate(user, '10.0.0.1');
    expect(known).toEqual({ kind: 'basic', name: 'grafana' });
    expect([policy.maySee(known, 'secret'), policy.maySee(known, 'open_1')]).toEqual([true, false]);
    await expect(policy.authenticate({ ...user, password: 'grafana.t' })).rejects.toMatchObject({
      code: 'not_authorized',
    });
    await expect(policy.authenticate({ kind: 'token', token: 'grafana.x' })).rejects.toMatchObject({
      code: 'not_authorized',
    });
    const token = await policy.authenticate({ kind: 'token', token: 'grafana.t' });
    expect([policy.maySee(token, 'secret'), policy.maySee(token, 'anything')]).toEqual([false, true]);
    expect(asked[0]).toEqual({
      login: { kind: 'basic', name: 'grafana', secret: 'u1', from: '10.0.0.1' },
      hash: 'u',
    });
  });

  it('checks a name it does not know as well, and says no more of it', async () => {
    const { policy, asked } = policyOf(() => rules);
    const wrong = async (user: string) =>
      policy.authenticate({ kind: 'basic', user, password: 'x' }).catch((e: Error) => e.message);
    expect(await wrong('nobody')).toBe(await wrong('grafana'));
    expect(asked.map((one) => one.hash)).toEqual([undefined, 'u']);
  });

  it('shows without credentials what the rules say, and asks for them where they say nothing', async () => {
    const { policy } = policyOf(() => rules);
    const nobody = await policy.authenticate({ kind: 'none' });
    expect([policy.maySee(nobody, 'open_1'), policy.maySee(nobody, 'secret')]).toEqual([true, false]);
    const closed = policyOf(() => ({ ...rules, anonymous: null })).policy;
    await expect(closed.authenticate({ kind: 'none' })).rejects.toMatchObject({ code: 'not_authorized' });
    expect(closed.maySee(nobody, 'open_1')).toBe(false);
  });

  it('takes what it gave away when the rules change', async () => {
    let now = rules;
    const { policy } = policyOf(() => now);
    const known = await policy.authenticate({ kind: 'basic', user: 'grafana', password: 'u' });
    now = { ...rules, users: [] };
    expect(policy.maySee(known, 'secret')).toBe(false);
  });

  it("reads a token's name before its dot", () => {
    expect(['a.b', 'a.b.c', '.b', 'a', ''].map(tokenName)).toEqual(['a', 'a', '', '', '']);
  });
});

describe('patterns of names', () => {
  it.each([
    [['*'], 'anything', true],
    [[], 'a', false],
    [['apex_*'], 'apex_archive', true],
    [['apex_*'], 'my_apex_archive', false],
    [['a?c'], 'abc', true],
    [['a?c'], 'ac', false],
    [['a?c'], 'a🌡c', true],
    [['*', '!hidden*'], 'hidden_1', false],
    [['!hidden*'], 'a', false],
    [['a*b*c'], 'aXbXbXc', true],
    [['a*b*c'], 'aXbXcX', false],
    [['A'], 'a', false],
    [['(a|b)[x]+'], '(a|b)[x]+', true],
    [['.*'], 'abc', false],
  ])('%j on %j: %s', (patterns, name, fits) => expect(matchesName(patterns, name)).toBe(fits));

  it('agree with regular expressions', () => {
    const letters = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 }).map((all) => all.join(''));
    const names = fc.array(fc.constantFrom('a', 'b'), { maxLength: 10 }).map((all) => all.join(''));
    fc.assert(
      fc.property(letters, names, (pattern, name) => {
        const regular = new RegExp(`^${pattern.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matchesName([pattern], name)).toBe(regular.test(name));
      }),
      { numRuns: 1000 },
    );
  });

  it('are matched in little time, however they are made', () => {
    expect(matchesName(['*a'.repeat(50) + 'b'], 'a'.repeat(100))).toBe(false);
  });
});
