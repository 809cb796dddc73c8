import { describe, expect, it } from '@jest/globals';
import { type Column } from '@sisock/core';
import { decodeData, decodeFields, encodeData, encodeFields } from '@sisock/wamp';

const floats = (...v: number[]): Column => ({ kind: 'f64', v: Float64Array.from(v) });
const answerOf = (data: unknown, timeline: unknown) => ({ data, timeline });

describe('get_fields of original nodes', () => {
  it('is taken with the field as one bare string, types left out and units null', () => {
    const { catalog, problems } = decodeFields([
      { a: { description: null, timeline: 'x', units: null }, b: { timeline: 'y', type: 'bool', units: 'V' } },
      { x: { interval: 5, field: 'a' }, y: { interval: null, field: ['b'] } },
    ]);
    expect(problems).toEqual([]);
    expect(catalog.fields.get('a')).toEqual({
      name: 'a',
      timeline: 'x',
      type: 'number',
      units: null,
      description: null,
    });
    expect(catalog.fields.get('b')).toMatchObject({ type: 'bool', units: 'V' });
    expect(catalog.timelines.get('x')).toEqual({ name: 'x', interval: 5, fields: ['a'], extent: null });
  });

  it('with deviations gives what is right and says what is not', () => {
    const { catalog, problems } = decodeFields([
      { a: { timeline: 'x' }, b: 7, c: {}, d: { timeline: 'x', type: 'complex' }, e: {} },
      { x: { interval: -1, field: ['a', 'zz'] }, z: { field: ['e'] } },
    ]);
    expect([...catalog.fields.keys()]).toEqual(['a', 'c', 'd', 'e']);
    expect(catalog.fields.get('e')?.timeline).toBe('z');
    expect(catalog.fields.get('c')?.timeline).toBe('c');
    expect(catalog.timelines.get('x')).toMatchObject({ interval: null, fields: ['a', 'd'] });
    expect(problems).toHaveLength(4);
  });

  it.each([null, {}, [], [{}], [1, 2], 'x', [{}, []]])('that is none is bad data: %j', (answer) => {
    expect(() => decodeFields(answer)).toThrow(expect.objectContaining({ code: 'bad_data' }));
  });

  it('is written so that it is read again', () => {
    const answer = [
      { a: { description: 'd', timeline: 'x', type: 'string', units: null } },
      { x: { interval: 1, field: ['a'] } },
    ];
    expect(encodeFields(decodeFields(answer).catalog)).toEqual(answer);
  });
});

describe('get_data of original nodes', () => {
  const byName = (field: string) => ({ a: 'x', b: 'x' })[field];

  it('finds times through get_fields, and through the list in the answer (group0) before that', () => {
    const plain = answerOf({ a: [1, 2] }, { x: { t: [10, 20], finalized_until: 20 } });
    expect(decodeData(plain, ['a'], byName).series.get('a')).toEqual({
      t: Float64Array.of(10, 20),
      column: floats(1, 2),
    });
    const grouped = answerOf(
      { a: [3] },
      { x: { t: [1, 2] }, group0: { t: [30], finalized_until: null, fields: ['a'] } },
    );
    const { series, finalizedUntil } = decodeData(grouped, ['a'], byName);
    expect(series.get('a')).toEqual({ t: Float64Array.of(30), column: floats(3) });
    expect(finalizedUntil).toBe(Infinity);
  });

  it('false is too_large, what is no answer bad_data', () => {
    expect(() => decodeData(false, ['a'], byName)).toThrow(expect.objectContaining({ code: 'too_large' }));
    for (const answer of [true, null, 7, 'x', [], { data: [] }, { data: {}, timeline: 7 }]) {
      expect(() => decodeData(answer, ['a'], byName)).toThrow(expect.objectContaining({ code: 'bad_data' }));
    }
  });

  it('a missing field is empty, and so is everything of an empty answer', () => {
    const { series, errors } = decodeData({ data: {}, timeline: {} }, ['a', '__proto__', 'toString'], byName);
    expect(errors.size).toBe(0);
    for (const one of series.values()) expect(one.t).toHaveLength(0);
  });

  it('a field of another length than its times is an error of that field alone (radiometer and windspeed)', () => {
    const answer = answerOf({ a: [1, 2], b: [1, 2, 3], c: [1, 2, 3, 4] }, { x: { t: [1, 2, 3], finalized_until: 3 } });
    const { series, errors } = decodeData(answer, ['a', 'b', 'c'], () => 'x');
    for (const field of ['a', 'c']) {
      expect(errors.get(field)).toMatchObject({ code: 'bad_data' });
      expect(errors.get(field)!.message).toContain(`"${field}"`);
    }
    expect(series.get('b')?.t).toHaveLength(3);
  });

  it('unsorted times are sorted with their values, equal ones keep their order', () => {
    const answer = answerOf({ a: [3, 1, 2, 4] }, { x: { t: [30, 10, 10, 40] } });
    expect(decodeData(answer, ['a'], byName).series.get('a')).toEqual({
      t: Float64Array.of(10, 10, 30, 40),
      column: floats(1, 2, 3, 4),
    });
  });

  it('samples without a time are dropped and counted', () => {
    const answer = answerOf({ a: [1, 2, 3] }, { x: { t: [NaN, 5, null] } });
    const { series, droppedRows } = decodeData(answer, ['a'], byName);
    expect(series.get('a')).toEqual({ t: Float64Array.of(5), column: floats(2) });
    expect(droppedRows).toBe(2);
  });

  it.each<[string, unknown[], Column]>([
    ['numbers with nulls', [1, null, 2.5], floats(1, NaN, 2.5)],
    ['bools', [true, false, true], { kind: 'bool', v: Uint8Array.of(1, 0, 1) }],
    ['text', ['a', '', 'b'], { kind: 'str', v: ['a', '', 'b'] }],
    ['numbers and bools', [1, true, 0], floats(1, 1, 0)],
    ['text among numbers', [1, 'a', 2], { kind: 'str', v: ['1', 'a', '2'] }],
    ['integers beyond 2^53', [1, 2n ** 60n, 3], { kind: 'i64', v: BigInt64Array.of(1n, 2n ** 60n, 3n) }],
  ])('values are typed by what they are: %s', (_, values, column) => {
    const answer = answerOf({ a: values }, { x: { t: [1, 2, 3] } });
    expect(decodeData(answer, ['a'], byName).series.get('a')?.column).toEqual(column);
  });

  it('text and bools that say nothing at a time have no sample there', () => {
    const answer = answerOf({ a: ['on', null, 'off'] }, { x: { t: [1, 2, 3] } });
    expect(decodeData(answer, ['a'], byName).series.get('a')).toEqual({
      t: Float64Array.of(1, 3),
      column: { kind: 'str', v: ['on', 'off'] },
    });
  });

  it('values that are nothing of the kind are an error of that field', () => {
    const answer = answerOf({ a: [{}, 1], b: [1, 2] }, { x: { t: [1, 2] } });
    const { series, errors } = decodeData(answer, ['a', 'b'], byName);
    expect(errors.get('a')).toMatchObject({ code: 'bad_data' });
    expect(series.get('b')?.t).toHaveLength(2);
  });
});

describe('get_data as we write it', () => {
  const batches = [
    { t: Float64Array.of(1, 2), columns: new Map([['a', floats(5, NaN)]]) },
    { t: Float64Array.of(3), columns: new Map<string, Column>([['b', { kind: 'bool', v: Uint8Array.of(1) }]]) },
  ];

  it('has as many values as times in every field, null where one is absent', () => {
    expect(encodeData([{ timeline: 'x', batches, finalizedUntil: 2 }], ['a', 'b', 'c'])).toEqual({
      data: { a: [5, NaN, null], b: [null, null, true], c: [] },
      timeline: { x: { t: [1, 2, 3], finalized_until: 2 } },
    });
  });

  it('leaves timelines without a sample out, and says null for all final', () => {
    const empty = { timeline: 'y', batches: [], finalizedUntil: 0 };
    const answer = encodeData(
      [{ timeline: 'x', batches: batches.slice(0, 1), finalizedUntil: Infinity }, empty],
      ['a'],
    );
    expect(answer).toEqual({ data: { a: [5, NaN] }, timeline: { x: { t: [1, 2], finalized_until: null } } });
  });
});
