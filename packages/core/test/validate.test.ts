import { describe, expect, it } from '@jest/globals';
import { allTime, checkBatch, checkReadQuery, checkReduceQuery, type ReadQuery, type ReduceQuery } from '@sisock/core';
import { batchOf } from '@sisock/testkit';
import fc from 'fast-check';

const read: ReadQuery = { timeline: 'T', fields: ['a'], range: allTime, maxSamples: 1 };
const reduce: ReduceQuery = { timeline: 'T', fields: ['a'], start: 1.5e9, width: 1, count: 10, want: 'm4' };

function codeOf(check: () => void): string {
  try {
    check();
    return 'fine';
  } catch (error) {
    return (error as { code?: string }).code ?? 'crash';
  }
}

describe('checks of queries', () => {
  it('let good ones pass', () => {
    expect(() => checkReadQuery({ ...read, cursor: 'x', maxSamples: Infinity })).not.toThrow();
    expect(() => checkReduceQuery(reduce)).not.toThrow();
    expect(() => checkReduceQuery({ ...reduce, want: ['min', 'mean'] })).not.toThrow();
  });

  it.each<[string, object]>([
    ['timeline', { timeline: 5 }],
    ['fields', { fields: 'a' }],
    ['field', { fields: ['a', 5] }],
    ['range', { range: { start: NaN, end: 1 } }],
    ['range', { range: undefined }],
    ['cursor', { cursor: 5 }],
    ['maxSamples', { maxSamples: 0 }],
    ['maxSamples', { maxSamples: 1.5 }],
    ['maxSamples', { maxSamples: '10' }],
  ])('name a wrong %s of a read', (name, wrong) => {
    const check = () => checkReadQuery({ ...read, ...wrong } as ReadQuery);
    expect(check).toThrow(expect.objectContaining({ code: 'bad_request', message: expect.stringContaining(name) }));
  });

  it.each<[string, object]>([
    ['start', { start: Infinity }],
    ['width', { width: 0 }],
    ['width', { width: NaN }],
    ['width', { width: 1e-9 }],
    ['width', { width: 1e308 }],
    ['count', { count: 1.5 }],
    ['count', { count: -1 }],
    ['want', { want: [] }],
    ['want', { want: 'lttb' }],
    ['want', { want: ['median'] }],
    ['want', { want: null }],
  ])('name a wrong %s of a reduction', (name, wrong) => {
    const check = () => checkReduceQuery({ ...reduce, ...wrong } as ReduceQuery);
    expect(check).toThrow(expect.objectContaining({ code: 'bad_request', message: expect.stringContaining(name) }));
  });

  it('hold limits, which are options', () => {
    const fields = ['a', 'b', 'c'];
    expect(codeOf(() => checkReadQuery({ ...read, fields }, { maxFields: 2 }))).toBe('too_large');
    expect(codeOf(() => checkReadQuery({ ...read, fields }, { maxFields: 3 }))).toBe('fine');
    expect(codeOf(() => checkReduceQuery(reduce, { maxBuckets: 9 }))).toBe('too_large');
    expect(codeOf(() => checkReduceQuery({ ...reduce, fields }, { maxCells: 29 }))).toBe('too_large');
    expect(codeOf(() => checkReduceQuery({ ...reduce, count: 100_001 }))).toBe('too_large');
  });

  it('never crash, whatever comes', () => {
    const expected = ['fine', 'bad_request', 'too_large'];
    fc.assert(
      fc.property(
        fc.anything(),
        fc.record(Object.fromEntries(Object.keys({ ...read, ...reduce }).map((k) => [k, fc.anything()])), {
          requiredKeys: [],
        }),
        (any, parts) => {
          for (const query of [any, { ...read, ...parts }, { ...reduce, ...parts }]) {
            expect(expected).toContain(codeOf(() => checkReadQuery(query as ReadQuery)));
            expect(expected).toContain(codeOf(() => checkReduceQuery(query as ReduceQuery)));
          }
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe('checks of batches', () => {
  it('refuse what a reader must not say', () => {
    expect(codeOf(() => checkBatch(batchOf([1, 1, 2], { a: [1, 2, 3] })))).toBe('fine');
    expect(codeOf(() => checkBatch(batchOf([1, 2], { a: [1, 2, 3] })))).toBe('bad_data');
    expect(codeOf(() => checkBatch(batchOf([2, 1], { a: [1, 2] })))).toBe('bad_data');
    expect(codeOf(() => checkBatch(batchOf([1, NaN], { a: [1, 2] })))).toBe('bad_data');
  });
});
