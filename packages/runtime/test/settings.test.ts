import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  decimalNumber,
  type Environment,
  flag,
  oneOf,
  optionalSetting,
  portNumber,
  readSettings,
  secretSetting,
  setting,
  settingsHelp,
  type SettingsSpec,
  wholeNumber,
  words,
} from '@sisock/runtime';
import fc from 'fast-check';

function problems(spec: SettingsSpec, env: Environment): string[] {
  try {
    readSettings(spec, env);
    return [];
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad_setting' });
    return (error as Error).message.split('\n');
  }
}

describe('settings', () => {
  const spec = {
    NAME: setting(words, 'name of the node'),
    PORT: setting(portNumber, 'port of HTTP', { fallback: '5000' }),
    LEVEL: setting(oneOf(['info', 'debug']), 'how much', { fallback: 'info' }),
    STEP: optionalSetting(decimalNumber(0, 10), 'seconds'),
  };

  it('are read from text, with defaults for what is unset or empty', () => {
    expect(readSettings(spec, { NAME: ' lab ', PORT: '' })).toEqual({ NAME: 'lab', PORT: 5000, LEVEL: 'info' });
    const all = { NAME: 'lab', PORT: '0', LEVEL: 'debug', STEP: '2.5' };
    expect(readSettings(spec, all)).toEqual({ NAME: 'lab', PORT: 0, LEVEL: 'debug', STEP: 2.5 });
  });

  it('tell all problems at once, each with its variable, value and what is allowed', () => {
    expect(problems(spec, { PORT: '70000', LEVEL: 'loud', STEP: 'x' })).toEqual([
      'NAME is not set: name of the node',
      'PORT "70000" is not a whole number from 0 to 65535',
      'LEVEL "loud" is none of info, debug',
      'STEP "x" is not a number from 0 to 10',
    ]);
  });

  it('shorten what they show', () => {
    expect(problems(spec, { NAME: 'n', LEVEL: 'x'.repeat(5000) })[0]!.length).toBeLessThan(200);
  });

  it('are explained for --help', () => {
    expect(settingsHelp({ ...spec, KEY: secretSetting('shared secret') })).toBe(
      [
        '  NAME   name of the node (required)',
        '  PORT   port of HTTP (default 5000)',
        '  LEVEL  how much (default info)',
        '  STEP   seconds (optional)',
        '  KEY    shared secret (or KEY_FILE)',
      ].join('\n'),
    );
  });
});

describe('numbers in settings', () => {
  const read = (schema: Parameters<typeof setting>[0], text: string) => {
    const spec = { N: setting(schema, 'a number') };
    const found = problems(spec, { N: text });
    return found.length > 0 ? found[0] : readSettings(spec, { N: text }).N;
  };

  it('are whole within bounds', () => {
    expect(['7', '+7', '-3', '007'].map((text) => read(wholeNumber(-5, 10), text))).toEqual([7, 7, -3, 7]);
    for (const text of ['11', '-6', '1.5', '1e1', '0x5', '1 ', 'NaN', 'Infinity', '9'.repeat(400)]) {
      expect(read(wholeNumber(-5, 10), text)).toContain('is not a whole number from -5 to 10');
    }
  });

  it('are decimal within bounds', () => {
    expect(['.5', '1.', '1e-1', '+2'].map((text) => read(decimalNumber(0, 10), text))).toEqual([0.5, 1, 0.1, 2]);
    for (const text of ['1e400', '-1', 'Infinity', 'NaN', '1,5', '.', '10.01']) {
      expect(read(decimalNumber(0, 10), text)).toContain('is not a number from 0 to 10');
    }
  });

  it('never come out of text that is none', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const value = read(decimalNumber(-100, 100), text);
        expect(typeof value === 'string' || (typeof value === 'number' && Math.abs(value) <= 100)).toBe(true);
      }),
    );
  });
});

describe('flags', () => {
  it('are written as people do', () => {
    const spec = { F: setting(flag, 'on or off') };
    expect(['1', 'TRUE', 'yes', 'On'].map((F) => readSettings(spec, { F }).F)).toEqual([true, true, true, true]);
    expect(['0', 'false', 'No', 'off'].map((F) => readSettings(spec, { F }).F)).toEqual([false, false, false, false]);
    expect(problems(spec, { F: 'maybe' })).toEqual(['F "maybe" is neither yes nor no']);
  });
});

describe('secrets', () => {
  const spec = { SECRET: secretSetting('secret of the node') };
  let directory: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'settings-'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  it('come from the variable or from a file it names, without the line end', async () => {
    const file = join(directory, 'secret');
    await writeFile(file, 'from file\n');
    expect(readSettings(spec, { SECRET_FILE: file })).toEqual({ SECRET: 'from file' });
    expect(readSettings(spec, { SECRET_FILE: file, SECRET: 'own' })).toEqual({ SECRET: 'own' });
    expect(readSettings(spec, {}).SECRET).toBeUndefined();
  });

  it('name a file that is not there or empty', async () => {
    const missing = join(directory, 'missing');
    expect(problems(spec, { SECRET_FILE: missing })).toEqual([`SECRET_FILE "${missing}" can't be read: ENOENT`]);
    const empty = join(directory, 'empty');
    await writeFile(empty, ' \n');
    expect(problems(spec, { SECRET_FILE: empty })).toEqual([`SECRET_FILE "${empty}" is empty`]);
  });

  it('are never shown', () => {
    const strict = { SECRET: { ...spec.SECRET, schema: wholeNumber(1, 2) } };
    expect(problems(strict, { SECRET: 'hunter2' })).toEqual(['SECRET is not a whole number from 1 to 2']);
    expect(settingsHelp(spec)).not.toContain('hunter2');
  });

  it('that are no secrets are not read from files', () => {
    expect(problems({ NAME: setting(words, 'a name') }, { NAME_FILE: '/etc/hostname' })).toEqual([
      'NAME is not set: a name',
    ]);
  });
});
