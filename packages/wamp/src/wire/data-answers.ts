import {
  type Batch,
  type BucketSamples,
  type BucketStats,
  checkBatch,
  type Chunk,
  type Column,
  type Reduced,
  type ReducedField,
  type ReducedSamples,
  type ReduceQuery,
  type ReadQuery,
  type Stat,
} from '@sisock/core';
import { bool, dict, type Dict, finite, finiteOrNull, list, text, wholeNumber, wrong } from './check.js';
import { decodeColumn, decodeFloats, encodeColumn, encodeFloats, type Encoding, longestColumn } from './column.js';

/** A chunk as our `read` procedure answers it. Columns are a list, since a dictionary would reorder names like "7". */
export function encodeChunk(chunk: Chunk, encoding: Encoding): Dict {
  return {
    batches: chunk.batches.map(({ t, columns }) => ({
      t: encodeFloats(t, encoding),
      columns: Array.from(columns, ([name, column]) => [name, ...encodeColumn(column, encoding)]),
    })),
    cursor: chunk.cursor,
    done: chunk.done,
    finalized_until: wireTime(chunk.finalizedUntil),
    revision: chunk.revision,
  };
}

/** @throws SisockError `bad_data` when it is not an answer to that query */
export function decodeChunk(answer: unknown, query: ReadQuery): Chunk {
  const asked = new Set(query.fields);
  const chunk = chunkWith(answer, (batch) => decodeBatch(batch, asked));
  const rows = chunk.batches.reduce((n, b) => n + b.t.length, 0);
  if (rows > query.maxSamples) throw wrong('bad_data', 'the number of samples', rows, `at most ${query.maxSamples}`);
  return chunk;
}

/** The wanted columns of a chunk that holds others too; batches without one are left out. @throws SisockError `bad_data` */
export function decodeWanted(answer: unknown, wanted: ReadonlySet<string>): Chunk {
  const chunk = chunkWith(answer, (value) => {
    const wire = dict('bad_data', 'a batch', value);
    const columns = list('bad_data', 'columns', wire['columns'], longestColumn);
    const kept = columns.filter((one) => Array.isArray(one) && wanted.has(String(one[0])));
    return decodeBatch({ t: wire['t'], columns: kept }, wanted);
  });
  return { ...chunk, batches: chunk.batches.filter(({ columns }) => columns.size > 0) };
}

function chunkWith(answer: unknown, batchOf: (wire: unknown) => Batch): Chunk {
  const wire = dict('bad_data', 'the chunk', answer);
  return {
    batches: list('bad_data', 'batches', wire['batches'], longestColumn).map(batchOf),
    cursor: text('bad_data', 'cursor', wire['cursor'], 10_000),
    done: bool('bad_data', 'done', wire['done']),
    finalizedUntil: decodeTime(wire['finalized_until']),
    revision: text('bad_data', 'revision', wire['revision']),
  };
}

function decodeBatch(value: unknown, asked: ReadonlySet<string>): Batch {
  const wire = dict('bad_data', 'a batch', value);
  const t = decodeFloats('bad_data', 'times', wire['t']);
  const columns = new Map<string, Column>();
  for (const one of list('bad_data', 'columns', wire['columns'], asked.size)) {
    const [name, kind, values] = list('bad_data', 'a column', one, 3);
    const field = askedName(name, asked);
    columns.set(field, decodeColumn('bad_data', JSON.stringify(field), kind, values, t.length));
  }
  const batch = { t, columns };
  checkBatch(batch);
  return batch;
}

function askedName(name: unknown, asked: ReadonlySet<string>): string {
  if (typeof name === 'string' && asked.has(name)) return name;
  throw wrong('bad_data', 'field', name, 'one that was asked for');
}

/** A reduction as our `reduce` procedure answers it. */
export function encodeReduced(reduced: Reduced, encoding: Encoding): Dict {
  return {
    fields: Array.from(reduced.fields, ([name, field]) => [name, encodeReducedField(field, encoding)]),
    finalized_until: wireTime(reduced.finalizedUntil),
    revision: reduced.revision,
  };
}

function encodeReducedField(field: ReducedField, encoding: Encoding): Dict {
  if (field.kind === 'samples') {
    const { kind, method, t, column, from, blockWidth } = field;
    const blocks = blockWidth === undefined ? {} : { block_width: blockWidth };
    return { kind, method, t: encodeFloats(t, encoding), column: encodeColumn(column, encoding), from, ...blocks };
  }
  const wire: Record<string, unknown> = { kind: 'stats' };
  for (const stat of plainStats) {
    const v = field[stat];
    if (v !== undefined) wire[stat] = encodeFloats(v, encoding);
  }
  for (const stat of timedStats) {
    const samples = field[stat];
    if (samples !== undefined) wire[stat] = [encodeFloats(samples.t, encoding), encodeFloats(samples.v, encoding)];
  }
  return wire;
}

const plainStats = ['count', 'mean'] as const;
const timedStats = ['min', 'max', 'first', 'last'] as const;

/** @throws SisockError `bad_data` when it is not an answer to that query */
export function decodeReduced(answer: unknown, query: ReduceQuery): Reduced {
  const wire = dict('bad_data', 'the reduction', answer);
  const asked = new Set(query.fields);
  const fields = new Map<string, ReducedField>();
  for (const one of list('bad_data', 'fields', wire['fields'], asked.size)) {
    const [name, field] = list('bad_data', 'a field', one, 2);
    const known = askedName(name, asked);
    fields.set(known, decodeReducedField(dict('bad_data', `field ${JSON.stringify(known)}`, field), query));
  }
  return {
    fields,
    finalizedUntil: decodeTime(wire['finalized_until']),
    revision: text('bad_data', 'revision', wire['revision']),
  };
}

function decodeReducedField(wire: Dict, query: ReduceQuery): ReducedField {
  if (typeof query.want === 'string') return decodeSamples(wire);
  if (wire['kind'] !== 'stats') throw wrong('bad_data', 'kind', wire['kind'], 'stats');
  const stats: { -readonly [K in keyof BucketStats]: BucketStats[K] } = { kind: 'stats' };
  for (const stat of query.want) decodeStat(stats, stat, wire[stat], query.count);
  return stats;
}

function decodeStat(
  stats: { -readonly [K in keyof BucketStats]: BucketStats[K] },
  stat: Stat,
  value: unknown,
  count: number,
): void {
  if (stat === 'count' || stat === 'mean') {
    stats[stat] = decodeFloats('bad_data', stat, value, count);
    return;
  }
  const [t, v] = list('bad_data', stat, value, 2);
  const samples: BucketSamples = {
    t: decodeFloats('bad_data', `times of ${stat}`, t, count),
    v: decodeFloats('bad_data', stat, v, count),
  };
  stats[stat] = samples;
}

function decodeSamples(wire: Dict): ReducedSamples {
  const { kind, method } = wire;
  if (kind !== 'samples') throw wrong('bad_data', 'kind', kind, 'samples');
  if (method !== 'm4' && method !== 'minmax' && method !== 'changes') {
    throw wrong('bad_data', 'method', method, 'one of m4, minmax, changes');
  }
  const t = decodeFloats('bad_data', 'times', wire['t']);
  const [columnKind, values] = list('bad_data', 'column', wire['column'], 2);
  const column = decodeColumn('bad_data', 'values', columnKind, values, t.length);
  checkBatch({ t, columns: new Map([['values', column]]) });
  const from = wholeNumber('bad_data', 'from', wire['from']);
  const blockWidth = finiteOrNull('bad_data', 'block_width', wire['block_width']);
  if (blockWidth === null) return { kind, method, t, column, from };
  if (!(blockWidth > 0)) throw wrong('bad_data', 'block_width', blockWidth, 'a number of seconds above 0');
  return { kind, method, t, column, from, blockWidth };
}

/** Infinite times as words: JSON has no infinities. */
export function wireTime(t: number): number | string {
  if (t === Infinity) return 'inf';
  return t === -Infinity ? '-inf' : t;
}

export function decodeTime(value: unknown, what = 'finalized_until'): number {
  if (value === 'inf' || value === Infinity) return Infinity;
  if (value === '-inf' || value === -Infinity) return -Infinity;
  return finite('bad_data', what, value);
}
