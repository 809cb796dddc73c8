import type { Column, SisockError } from '@sisock/core';
import type { JsonWriter } from '../encode/json-writer.js';
import type { KnownField } from '../plan/resolve.js';
import type { Series } from '../plan/series.js';
import { grafanaUnit } from './units.js';

interface Heading {
  readonly name: string;
  readonly refId: string | undefined;
}

type Notice = { readonly severity: 'info' | 'warning' | 'error'; readonly text: string };

/** An element without points that says why: shown on the panel, beside what the other targets gave. */
export function writeMissing(
  out: JsonWriter,
  { name, refId }: Heading,
  error: SisockError,
  severity: Notice['severity'],
) {
  out.raw('{"target":').json(name);
  if (refId !== undefined) out.raw(',"refId":').json(refId);
  out.raw(',"datapoints":[],"meta":').json({ notices: [{ severity, text: error.message }] });
  out.raw('}');
}

/** One element of the answer to `/query`: `datapoints` for numbers and bools, a frame for strings. */
export function writeSeries(out: JsonWriter, heading: Heading, field: KnownField, series: Series, to: number): void {
  if (series.column.kind === 'str') writeFrame(out, heading, field, series, to);
  else writeDatapoints(out, heading, field, series, to);
}

/** `[value, epoch ms]` pairs, null at gaps: form (a) of what Grafana's toDataFrame takes. */
function writeDatapoints(out: JsonWriter, { name, refId }: Heading, { info }: KnownField, series: Series, to: number) {
  out.raw('{"target":').json(name);
  if (refId !== undefined) out.raw(',"refId":').json(refId);
  const unit = grafanaUnit(info.units);
  if (unit !== undefined) out.raw(',"unit":').json(unit);
  out.raw(',"datapoints":[');
  const { t, column, gaps } = series;
  let nextGap = 0;
  for (let i = 0; i < t.length; i++) {
    out.raw(i > 0 ? ',[' : '[');
    writeNumber(out, column, i);
    out.raw(',').millis(t[i]!).raw(']');
    if (gaps[nextGap] !== i) continue;
    nextGap++;
    const between = Math.round((t[i]! * 1000 + t[i + 1]! * 1000) / 2);
    out.raw(',[null,').number(between).raw(']');
  }
  out.raw('],"meta":').json(metaOf(series, to)).raw('}');
}

/** A frame of texts: form (c). A state lasts until the next one, so a gap is no null here. */
function writeFrame(out: JsonWriter, { name, refId }: Heading, { info }: KnownField, series: Series, to: number) {
  out.raw('{');
  if (refId !== undefined) out.raw('"refId":').json(refId).raw(',');
  out.raw('"name":').json(name).raw(',"meta":').json(metaOf(series, to));
  out.raw(',"fields":[{"name":"Time","type":"time","values":[');
  const { t, column } = series;
  for (let i = 0; i < t.length; i++) out.raw(i > 0 ? ',' : '').millis(t[i]!);
  const config = { displayName: name, ...(info.description && { description: info.description }) };
  out.raw(']},{"name":"Value","type":"string","config":').json(config).raw(',"values":');
  out.json(column.v).raw('}]}');
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

function metaOf({ method, samples, t, finalizedUntil }: Series, to: number) {
  const points = t.length;
  const reduced = method !== 'raw';
  const notices: Notice[] = reduced
    ? [{ severity: 'info', text: `${samples} samples are shown as ${points} points (${method})` }]
    : [];
  const custom = {
    reduced,
    method,
    samples,
    points,
    /** UNIX seconds; null where no bound is known. */
    finalizedUntil: Number.isFinite(finalizedUntil) ? finalizedUntil : null,
    final: finalizedUntil >= to,
  };
  return { custom, ...(notices.length > 0 && { notices }) };
}
