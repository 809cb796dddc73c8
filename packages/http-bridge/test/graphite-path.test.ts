import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { expandBraces, segmentPattern } from '../src/graphite/glob.js';
import { pathOf, unescapePath } from '../src/graphite/path.js';
import { parseTarget } from '../src/graphite/parse.js';

/** The rule of docs/graphite.md read backwards. */
function fieldOf(path: string): [node: string, field: string] {
  const dot = path.indexOf('.');
  return [unescapePath(path.slice(0, dot)), unescapePath(path.slice(dot + 1))];
}

/** Names full of what means something somewhere. */
const name = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'ab.:~%*?[]{}(),\'"\\= #&+u20Eé°'), minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }),
  fc.constantFrom('a::b', '::', '.', '..', '~2E', '%2E', '\ud800', 'a.b.c', 'true', '1.5', '-3'),
);

describe('paths', () => {
  it.each([
    ['weather', 'toco.temp', 'weather.toco.temp'],
    [
      'data',
      'observatory.LSA22YE.feeds.temperatures.Channel_01',
      'data.observatory.LSA22YE.feeds.temperatures.Channel_01',
    ],
    ['data', 'a::b', 'data.a::b'],
    ['lab.west', 'fan 1', 'lab~2Ewest.fan~201'],
    ['sensors', 'Core 0 (°C)', 'sensors.Core~200~20~28~B0C~29'],
    ['n', '.a..b.', 'n.~2Ea.~2Eb~2E'],
    ['n', 'λ~', 'n.~u03BB~7E'],
  ])('%s :: %s is %s', (node, field, path) => {
    expect(pathOf(node, field)).toBe(path);
    expect(fieldOf(path)).toEqual([node, field]);
  });

  it('any names at all come back, so no two fields share a path', () => {
    fc.assert(
      fc.property(name, name, (node, field) => {
        expect(fieldOf(pathOf(node, field))).toEqual([node, field]);
      }),
      { numRuns: 2000 },
    );
  });

  it('a path is one word of a target, a pattern of itself alone, and the same inside a form', () => {
    fc.assert(
      fc.property(name, name, (node, field) => {
        const path = pathOf(node, field);
        expect(parseTarget(path, { length: 1000, depth: 1 })).toMatchObject({ text: path });
        expect(expandBraces(path, 2)).toEqual([path]);
        const parts = path.split('.');
        expect(parts.every((part) => part !== '' && segmentPattern(part).literal === part)).toBe(true);
        expect(new URLSearchParams(`query=${path}`).get('query')).toBe(path);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('patterns', () => {
  const matches = (pattern: string, text: string) => segmentPattern(pattern).matches(text);

  it.each([
    ['*', 'anything', true],
    ['t*p', 'temp', true],
    ['t*p', 'temps', false],
    ['te?p', 'temp', true],
    ['te?p', 'tep', false],
    ['ch[0-3]', 'ch2', true],
    ['ch[0-3]', 'ch4', false],
    ['ch[!0-3]', 'ch4', true],
    ['ch[13]', 'ch2', false],
    ['ch[]x]', 'ch]', true],
    ['ch[a-]', 'ch-', true],
    ['temp', 'Temp', false],
  ])('%s against %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });

  it('stars and question marks mean what they mean as regular expressions', () => {
    const pattern = fc.string({ unit: fc.constantFrom(...'ab*?'), maxLength: 8 });
    fc.assert(
      fc.property(pattern, fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 8 }), (glob, text) => {
        const regex = new RegExp(`^${glob.replaceAll('*', '.*').replaceAll('?', '.')}$`);
        expect(matches(glob, text)).toBe(regex.test(text));
      }),
      { numRuns: 3000 },
    );
  });

  it('many stars cost no more than the lengths multiplied', () => {
    expect(matches('*a'.repeat(2000) + 'b', 'a'.repeat(3000))).toBe(false);
  });

  it('lists are expanded, nested ones and ones with dots too', () => {
    expect(expandBraces('w.{a,b}', 10)).toEqual(['w.a', 'w.b']);
    expect(expandBraces('{a,b{1,2}}.{x.y,*}', 10)).toEqual(['a.x.y', 'a.*', 'b1.x.y', 'b1.*', 'b2.x.y', 'b2.*']);
    expect(expandBraces('{a}', 10)).toEqual(['a']);
    expect(expandBraces('{a,a}', 10)).toEqual(['a']);
  });

  it('too long lists and odd brackets are refused', () => {
    expect(() => expandBraces('{a,b}'.repeat(60), 500)).toThrow('mean more than 500 paths');
    for (const odd of ['{a,b', 'a}', '}{']) expect(() => expandBraces(odd, 10)).toThrow('do not pair');
    for (const odd of ['[a', 'x[!]', '[]']) expect(() => segmentPattern(odd)).toThrow('never closed');
  });
});
