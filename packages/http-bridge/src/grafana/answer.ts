import type { Column, SisockError } from '@sisock/core';
import type { JsonWriter } from '../encode/json-writer.js';
import type { KnownField } from '../plan/resolve.js';
import type { Series } from '../plan/series.js';
import { writeDataFrame } from './data-frame.js';
import { metaOf, type Notice } from './meta.js';
import type { Form } from './request.js';
import { grafanaUnit } from './units.js';

export interface Heading {
  readonly name: string;
  readonly refId: string | undefined;
  /** What the panel is to show beside the data. */
  readonly notices: readonly Notice[];
}

/** One field's data, for a request up to `to` (UNIX seconds). */
export interface FieldAnswer {
  readonly field: KnownField;
  readonly series: Series;
  readonly to: number;
}

/** An element without points that says why: shown on the panel, beside what the other targets gave. */
export function writeMissing(
  out: JsonWriter,
  { name, refId, notices }: Heading,
  error: SisockError,
  severity: Notice['severity'],
): void {
  out.raw('{"target":').json(name);
  if (refId !== undefined) out.raw(',"refId":').json(refId);
  out.raw(',"datapoints":[],"meta":').json({ notices: [{ severity, text: error.message }, ...notices] });
  out.raw('}');
}

/** One element of the answer to `/query`, in the form that its target wants. */
export function writeSeries(
  out: JsonWriter,
  heading: Heading,
  form: Exclude<Form, 'table'>,
  answer: FieldAnswer,
): void {
  const { kind } = answer.series.column;
  const isState = kind === 'str' || kind === 'bool';
  if (form === 'frame' || (form === 'states' && isState)) writeDataFrame(out, heading, answer);
  else if (kind === 'str') writeTexts(out, heading, answer);
  else writeDatapoints(out, heading, answer);
}

/** `[value, epoch ms]` pairs, null at gaps: form (a) of what Grafana's toDataFrame takes. */
function writeDatapoints(out: JsonWriter, { name, refId, notices }: Heading, { field, series, to }: FieldAnswer) {
  out.raw('{"target":').json(name);
  if (refId !== undefined) out.raw(',"refId":').json(refId);
  const unit = grafanaUnit(field.info.units);
  if (unit !== undefined) out.raw(',"unit":').json(unit);
  out.raw(',"datapoints":[');
  const { t, column, gaps } = series;
  let from = 0;
  for (let k = 0; k < gaps.length; k++) {
    const i = gaps[k]!;
    writePairs(out, column, t, from, i + 1);
    const between = Math.round((t[i]! * 1000 + t[i + 1]! * 1000) / 2);
    out.raw(',[null,').number(between).raw('],');
    from = i + 1;
  }
  writePairs(out, column, t, from, t.length);
  out
    .raw('],"meta":')
    .json(metaOf(series, to, notices))
    .raw('}');
}

/** A frame of texts: form (c). A state lasts until the next one, so a gap is no null here. */
function writeTexts(out: JsonWriter, { name, refId, notices }: Heading, { field, series, to }: FieldAnswer) {
  out.raw('{');
  if (refId !== undefined) out.raw('"refId":').json(refId).raw(',');
  out
    .raw('"name":')
    .json(name)
    .raw(',"meta":')
    .json(metaOf(series, to, notices));
  out.raw(',"fields":[{"name":"Time","type":"time","values":[');
  const { t, column } = series;
  for (let i = 0; i < t.length; i++) out.raw(i > 0 ? ',' : '').millis(t[i]!);
  const config = { displayName: name, ...(field.info.description && { description: field.info.description }) };
  out.raw(']},{"name":"Value","type":"string","config":').json(config).raw(',"values":');
  out.json(column.v).raw('}]}');
}

function writePairs(out: JsonWriter, column: Column, t: Float64Array, from: number, to: number): void {
  if (column.kind === 'f64') {
    out.pairs(column.v, t, from, to);
    return;
  }
  for (let i = from; i < to; i++) {
    out.raw(i > from ? ',[' : '[');
    writeNumber(out, column, i);
    out.raw(',').millis(t[i]!).raw(']');
  }
}

function writeNumber(out: JsonWriter, column: Column, i: number): void {
  switch (column.kind) {
    case 'f64':
    case 'bool':
      out.number(column.v[i]!);
      break;
    case 'i64':
      out.bigint(column.v[i]!);
      break;
    case 'str':
      out.raw('null');
      break;
  }
}
