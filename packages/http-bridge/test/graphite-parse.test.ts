import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileTarget } from '../src/graphite/evaluate.js';
import { functions } from '../src/graphite/functions.js';
import { type Expression, parseTarget, printExpression } from '../src/graphite/parse.js';

const limits = { length: 10_000, depth: 32 };
const parse = (text: string) => parseTarget(text, limits);

/** Any expression within the limits. */
const { expression } = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .stringMatching(/^[a-z][a-z0-9_*?:~-]{0,6}(\.(\{[a-z]{1,3},[a-z*]{1,3}\}|\[a-c\]|[a-z*?]{1,4})){1,3}$/)
      .map((text): Expression => ({ kind: 'path', text })),
    fc
      .string({ unit: fc.constantFrom(...'ab\\"\'(),.= é'), maxLength: 8 })
      .map((value): Expression => ({ kind: 'string', value })),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value): Expression => ({ kind: 'number', value: Number(String(value)), text: String(value) })),
    fc.boolean().map((value): Expression => ({ kind: 'boolean', value, text: String(value) })),
    fc
      .tuple(fc.stringMatching(/^[A-Za-z_]\w{0,8}$/), fc.array(tie('expression'), { maxLength: 4 }))
      .map(([name, args]): Expression => ({ kind: 'call', name, args })),
  ),
}));

describe('parser of targets', () => {
  it('reads paths, numbers, texts and functions inside each other', () => {
    expect(parse(` alias( scale(weather.{toco,apex}.te?p[a-c]*, -1.5e3) , 'it''s' `.replace("''s'", "')"))).toEqual({
      kind: 'call',
      name: 'alias',
      args: [
        {
          kind: 'call',
          name: 'scale',
          args: [
            { kind: 'path', text: 'weather.{toco,apex}.te?p[a-c]*' },
            { kind: 'number', value: -1500, text: '-1.5e3' },
          ],
        },
        { kind: 'string', value: 'it' },
      ],
    });
    expect(parse('f(True, "a\\"b", "\\1 A", \'c:\\\\\')')).toEqual({
      kind: 'call',
      name: 'f',
      args: [
        { kind: 'boolean', value: true, text: 'True' },
        { kind: 'string', value: 'a"b' },
        { kind: 'string', value: '\\1 A' },
        { kind: 'string', value: 'c:\\' },
      ],
    });
  });

  it('what was printed reads back to the same', () => {
    fc.assert(
      fc.property(expression, (one) => {
        expect(parse(printExpression(one))).toEqual(one);
      }),
      { numRuns: 3000 },
    );
  });

  it('blanks between its parts mean nothing', () => {
    fc.assert(
      fc.property(fc.constantFrom(' ', '\t', '\n  '), (blank) => {
        const parts = ['sumSeries', '(', 'scale', '(', 'a.{b,c}', ',', '2', ')', ',', 'd.*', ')'];
        expect(parse(blank + parts.join(blank) + blank)).toEqual(parse(parts.join('')));
      }),
    );
  });

  it.each([
    ['', 'unexpected end at character 1'],
    ['scale(a.b', 'unexpected end at character 10'],
    ['scale(a.b,)', 'unexpected ")" at character 11'],
    ['scale(a.b))', 'unexpected ")" at character 11'],
    ['scale(a.b,,2)', 'unexpected "," at character 11'],
    ['a.b c.d', 'unexpected "c" at character 5'],
    ['alias(a.b,"x)', 'a quote that is never closed at character 11'],
    ['a.{b,c', 'a brace that is never closed at character 1'],
    ['a.b}', 'a closing brace without its opening one at character 4'],
    ['a*b(c)', '"a*b" is no name of a function at character 1'],
    ['f(a.b, n=5)', 'arguments are not named here'],
    ['a\\.b', 'unexpected "\\\\" at character 2'],
  ])('%s is refused with its place', (text, message) => {
    expect(() => parse(text)).toThrow(message);
  });

  it('a refusal shows no more of a target than a line', () => {
    let message = '';
    try {
      parse(`${'a'.repeat(5000)}(${'b'.repeat(4000)}`);
    } catch (thrown) {
      message = (thrown as Error).message;
    }
    expect(message).toContain('unexpected end at character 9002');
    expect(message.length).toBeLessThan(200);
  });

  it('length and depth are limited', () => {
    const deep = (n: number) => 'f('.repeat(n) + 'a.b' + ')'.repeat(n);
    expect(parse(deep(32)).kind).toBe('call');
    expect(() => parse(deep(33))).toThrow('more than 32 deep');
    expect(() => parseTarget('aaaa', { length: 3, depth: 1 })).toThrow('a target of 4 characters is longer than the 3');
  });
});

describe('functions of targets', () => {
  it('are those that are told of, and no other', () => {
    expect([...functions.keys()].sort()).toEqual([
      'alias',
      'aliasByNode',
      'averageSeries',
      'constantLine',
      'keepLastValue',
      'offset',
      'removeAboveValue',
      'removeBelowValue',
      'scale',
      'sumSeries',
      'timeShift',
    ]);
    for (const name of ['movingAverage', 'toString', 'constructor', '__proto__', 'SUMSERIES']) {
      expect(() => compileTarget(parse(`${name}(a.b)`))).toThrow(
        `there is no function "${name}" here: there are alias,`,
      );
    }
  });

  it.each([
    ['scale(a.b)', 'scale takes (seriesList, factor), not 1 arguments'],
    ['scale(a.b,1,2)', 'scale takes (seriesList, factor), not 3 arguments'],
    ['scale(a.b,"2")', 'factor "\\"2\\"" of scale is not a number'],
    ['scale("a.b",2)', 'the text "a.b" is no series: a path is not quoted'],
    ['alias(a.b,c)', 'newName "c" of alias is not a quoted text'],
    ['aliasByNode(a.b)', 'aliasByNode takes (seriesList, nodes, ...), not 1 arguments'],
    ['aliasByNode(a.b,1.5)', 'nodes "1.5" of aliasByNode is not a whole number or the quoted name of a tag'],
    ['keepLastValue(a.b,-1)', 'limit "-1" of keepLastValue is not a whole number from 0 on'],
    ['timeShift(a.b,"soon")', 'timeShift "-soon" is no length of time'],
    ['timeShift(a.b,"1d",1)', 'resetEnd "1" of timeShift is not true or false'],
    ['timeShift(timeShift(a.b,"3000y"),"3000y")', 'shifts by more than 3000 years'],
    ['sumSeries()', 'sumSeries takes (seriesLists, ...), not 0 arguments'],
    ['constantLine(a.b)', 'value "a.b" of constantLine is not a number'],
    ['aliasSub(a.b,"temp","T")', 'aliasSub is understood only as Grafana adds it'],
    ['"a.b"', 'the text "a.b" is no series'],
  ])('%s is refused', (target, message) => {
    expect(() => compileTarget(parse(target))).toThrow(message);
  });

  it('where a series is wanted, a number or a truth is the name of one', () => {
    expect(compileTarget(parse('scale(1.5,2)')).leaves).toEqual([{ pattern: '1.5', shift: 0, inSteps: false }]);
    expect(compileTarget(parse('sumSeries(true)')).leaves).toEqual([{ pattern: 'true', shift: 0, inSteps: true }]);
  });

  it('shifts add up', () => {
    const { leaves } = compileTarget(
      parse('sumSeries(timeShift(timeShift(a.b,"1d"),"+1h"),timeShift(c.d,"-1h30min"))'),
    );
    expect(leaves.map(({ shift }) => shift)).toEqual([86_400 - 3600, 5400]);
  });
});

describe('10,000 mutated expressions', () => {
  it('are read, or refused with a message, and nothing else happens', () => {
    const seeds = [
      'alias(scale(weather.{toco,apex}.te?p[a-c]*,-1.5e3),"a name")',
      'aliasSub(sumSeries(timeShift(a.*.c,"1d",true,false),d.e), "(^.*$)", "\\1 A")',
      'averageSeries(keepLastValue(removeAboveValue(offset(a.b.c, 3), 7), 10),constantLine(2))',
    ];
    const mutated = fc
      .tuple(
        fc.constantFrom(...seeds),
        fc.array(
          fc.record({
            at: fc.double({ min: 0, max: 1, noNaN: true }),
            how: fc.constantFrom('cut', 'drop', 'insert', 'double', 'swap'),
            with: fc.constantFrom(...'(){}[],."\'\\=*?-+ 09eaé\0\ud800', 'scale(', '{a,b}', '1e999', '"1d"'),
          }),
          { minLength: 1, maxLength: 5 },
        ),
      )
      .map(([seed, changes]) => {
        let text = seed;
        for (const change of changes) {
          const at = Math.floor(change.at * text.length);
          if (change.how === 'cut') text = text.slice(0, at);
          else if (change.how === 'drop') text = text.slice(0, at) + text.slice(at + 1);
          else if (change.how === 'insert') text = text.slice(0, at) + change.with + text.slice(at);
          else if (change.how === 'swap') text = text.slice(0, at) + change.with + text.slice(at + 1);
          else text += text.slice(at);
        }
        return text;
      });
    let read = 0;
    let refused = 0;
    for (const text of fc.sample(mutated, { numRuns: 10_000, seed: 20170714 })) {
      try {
        const target = parse(text);
        expect(parse(printExpression(target))).toEqual(target);
        compileTarget(target);
        read++;
      } catch (thrown) {
        const { code, message } = thrown as { code?: string; message: string };
        if (code !== 'bad_request' && code !== 'too_large') throw thrown;
        expect(message.length).toBeLessThan(500);
        refused++;
      }
    }
    expect(read).toBeGreaterThan(500);
    expect(refused).toBeGreaterThan(3000);
  });
});
