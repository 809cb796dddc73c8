import type { Column } from '@sisock/core';
import { writeValues } from '../encode/columns.js';
import type { JsonWriter } from '../encode/json-writer.js';
import type { Series } from '../plan/series.js';
import type { FieldAnswer, Heading } from './answer.js';
import { metaOf } from './meta.js';
import { grafanaUnit } from './units.js';

/** Texts with more different values than this stay texts: a list of states so long helps nobody. */
const mostStates = 100;

/**
 * A field as Grafana's DataFrame JSON (`schema` and `data`): the one form that tells NaN and infinities, and states as
 * an enum with their words. Bools have the words "false" and "true".
 */
export function writeDataFrame(out: JsonWriter, heading: Heading, { field, series, to }: FieldAnswer): void {
  const { name, refId, notices } = heading;
  const { info } = field;
  const states = statesOf(series.column);
  const unit = grafanaUnit(info.units);
  const config = {
    displayName: name,
    ...(unit !== undefined && { unit }),
    ...(info.description && { description: info.description }),
    ...(states && { type: { enum: { text: states.texts } } }),
  };
  const type = states ? 'enum' : series.column.kind === 'str' ? 'string' : 'number';
  const fields = [
    { name: 'Time', type: 'time' },
    { name: 'Value', type, config, labels: { node: field.node, ...info.labels } },
  ];
  const schema = { ...(refId !== undefined && { refId }), name, meta: metaOf(series, to, notices), fields };
  out.raw('{"schema":').json(schema).raw(',"data":{"values":[[');
  if (type === 'number') writeNumbers(out, series);
  else {
    writeMillis(out, series.t);
    out.raw('],[');
    if (states) out.text(states.codes.join(','));
    else writeValues(out, series.column);
    out.raw(']]');
  }
  out.raw('}}');
}

/** Words and the number of the word at each sample; null for numbers, and for texts of too many kinds. */
function statesOf(column: Column): { texts: string[]; codes: ArrayLike<number> & { join(by: string): string } } | null {
  if (column.kind === 'bool') return { texts: ['false', 'true'], codes: column.v };
  if (column.kind !== 'str') return null;
  const known = new Map<string, number>();
  const codes = new Uint8Array(column.v.length);
  for (const [i, text] of column.v.entries()) {
    let code = known.get(text);
    if (code === undefined) {
      if (known.size === mostStates) return null;
      code = known.size;
      known.set(text, code);
    }
    codes[i] = code;
  }
  return { texts: [...known.keys()], codes };
}

function writeMillis(out: JsonWriter, t: Float64Array): void {
  for (let i = 0; i < t.length; i++) out.raw(i > 0 ? ',' : '').millis(t[i]!);
}

interface Entities {
  readonly NaN: number[];
  readonly Inf: number[];
  readonly NegInf: number[];
}

/** Times and values with a null at each gap, then where the numbers are that JSON has no word for. */
function writeNumbers(out: JsonWriter, { t, column, gaps }: Series): void {
  let nextGap = 0;
  for (let i = 0; i < t.length; i++) {
    out.raw(i > 0 ? ',' : '').millis(t[i]!);
    if (gaps[nextGap] !== i) continue;
    nextGap++;
    out.raw(',').number(Math.round((t[i]! * 1000 + t[i + 1]! * 1000) / 2));
  }
  out.raw('],[');
  const entities: Entities = { NaN: [], Inf: [], NegInf: [] };
  nextGap = 0;
  for (let i = 0; i < t.length; i++) {
    if (i > 0) out.raw(',');
    const row = i + nextGap;
    const value = column.kind === 'f64' ? column.v[i]! : 0;
    if (Number.isFinite(value)) writeValues(out, column, i, i + 1);
    else {
      out.raw('null');
      (Number.isNaN(value) ? entities.NaN : value > 0 ? entities.Inf : entities.NegInf).push(row);
    }
    if (gaps[nextGap] !== i) continue;
    nextGap++;
    out.raw(',null');
  }
  out.raw(']]');
  const told = Object.fromEntries(Object.entries(entities).filter(([, rows]) => (rows as number[]).length > 0));
  if (Object.keys(told).length > 0) out.raw(',"entities":[null,').json(told).raw(']');
}
