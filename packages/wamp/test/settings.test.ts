import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readSettings } from '@sisock/runtime';
import { errorUri, fromWampError, nodeNameProblem, sessionOptions, toWampError, uri, wampSettings } from '@sisock/wamp';
import { selfSigned } from '@sisock/testkit';
import { SisockError } from '@sisock/core';
import { createBackoff } from '../src/session/backoff.js';

const options = (env: Record<string, string>) => sessionOptions(readSettings(wampSettings, env));

describe('settings', () => {
  it('default to the OCS port of this machine, without a secret', () => {
    expect(options({})).toEqual({
      url: 'ws://127.0.0.1:8001/ws',
      realm: 'test_realm',
      authid: 'server',
      secret: undefined,
      serializers: ['cbor', 'msgpack', 'json'],
    });
  });

  it('take wss where there is a certificate to check by', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ca-'));
    const file = join(folder, 'ca.pem');
    const { cert } = selfSigned();
    await writeFile(file, cert);
    expect(options({ CROSSBAR_CA: file, CROSSBAR_HOST: 'router' })).toMatchObject({
      url: 'wss://router:8080/ws',
      caFile: file,
    });
    await rm(folder, { recursive: true });
  });

  it('name a certificate that is not there', () => {
    expect(() => options({ CROSSBAR_CA: '/no/such/file' })).toThrow(
      expect.objectContaining({
        code: 'bad_setting',
        message: expect.stringContaining('CROSSBAR_CA'),
      }),
    );
  });

  it('are overridden by a whole address', () => {
    expect(
      options({ WAMP_URI: 'wss://x:1/y', WAMP_SECRET: 's', WAMP_SERIALIZER: 'json', WAMP_USER: 'u' }),
    ).toMatchObject({
      url: 'wss://x:1/y',
      secret: 's',
      authid: 'u',
      serializers: ['json'],
    });
    expect(options({ CROSSBAR_HOST: '::1' }).url).toBe('ws://[::1]:8001/ws');
  });

  it('that are wrong are all named', () => {
    const wrong = { WAMP_SERIALIZER: 'xml', CROSSBAR_OCS_PORT: '70000' };
    expect(() => options(wrong)).toThrow(/CROSSBAR_OCS_PORT "70000"[\s\S]*WAMP_SERIALIZER "xml"/);
  });
});

describe('the error table', () => {
  it('gives every code its URI and back', () => {
    for (const code of ['bad_request', 'too_large', 'unknown_timeline', 'unavailable', 'internal'] as const) {
      expect(fromWampError(errorUri(code), ['text'], 'x')).toMatchObject({ code, message: 'text' });
    }
    expect(errorUri('bad_request')).toBe('wamp.error.invalid_argument');
    expect(errorUri('name_taken')).toBe('org.simonsobservatory.error.name_taken');
  });

  it('says nothing of what is not ours', () => {
    const error = new TypeError('a password');
    expect(toWampError(error)).toEqual({ error: uri('error.internal'), message: 'internal error' });
    expect(toWampError(new SisockError('internal', 'a password')).message).toBe('internal error');
  });

  it('takes foreign errors as they come', () => {
    expect(fromWampError('wamp.error.no_such_procedure', [], 'a.b')).toMatchObject({ code: 'unavailable' });
    expect(fromWampError('wamp.error.runtime_error', ['division by zero'], 'a.b')).toMatchObject({
      code: 'internal',
      message: 'a.b: wamp.error.runtime_error: division by zero',
    });
    expect(fromWampError(undefined, undefined, 'a.b').code).toBe('internal');
    expect(fromWampError('x'.repeat(1e6), ['y'.repeat(1e6)], 'a.b').message.length).toBeLessThan(700);
  });
});

it('node names are one part of a URI', () => {
  for (const name of ['apex_archive', 'a', 'ü', 'LSA22YE-temps']) expect(nodeNameProblem(name)).toBeNull();
  for (const name of ['', 'a.b', 'a b', '#', 7, null, 'x'.repeat(101), 'get_data_node', '\u0000']) {
    expect(nodeNameProblem(name)).toEqual(expect.any(String));
  }
});

it('delays grow to their ceiling, with jitter, and start again', () => {
  const longest = createBackoff(100, 1000, () => 1);
  expect(Array.from({ length: 6 }, () => longest.next())).toEqual([100, 200, 400, 800, 1000, 1000]);
  longest.reset();
  expect(longest.next()).toBe(100);
  expect(createBackoff(100, 1000, () => 0).next()).toBe(10);
});
