import { asFloat64, type Batch, type Column, type SisockError } from '@sisock/core';
import { fieldJson } from '../api/field-json.js';
import { rowSource, type RowSource } from '../api/row-source.js';
import { noticeOf, type Notice } from '../api/select.js';
import { writeCsv } from '../api/write-csv.js';
import { writeRows } from '../api/write-rows.js';
import { writeWide } from '../api/write-wide.js';
import { writeTimes, writeValues } from '../encode/columns.js';
import { JsonWriter } from '../encode/json-writer.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { streamTo } from '../http/stream.js';
import { answerFor, fetchSeries } from '../plan/fetch.js';
import { fullName, type KnownField } from '../plan/resolve.js';
import type { Series } from '../plan/series.js';
import type { SeriesRequest } from './series.js';

interface Found {
  readonly field: KnownField;
  readonly series: Series;
}

/** Fields reduced for drawing; one with no more samples than points has all of them. */
export async function answerReduced(request: BridgeRequest, asked: SeriesRequest): Promise<void> {
  const { res, view, signal, context } = request;
  const { limits, meters } = context;
  const { selection, range, points, most, edges } = asked;
  const method = most === undefined ? 'm4' : 'minmax';
  const options = { range, points, method, most, edges, deadlineMs: limits.nodeDeadlineMs, signal } as const;
  const answers = await fetchSeries(view, selection.fields, options);
  const found: Found[] = [];
  const notices: Notice[] = [...selection.notices];
  const failures: [string, SisockError][] = [];
  for (const field of selection.fields) {
    const series = answerFor(answers, field);
    if (isError(series)) {
      failures.push([field.node, series]);
      notices.push(noticeOf(fullName(field), series));
    } else found.push({ field, series });
  }
  reportFailures(request, failuresOf(failures));
  if (found.length === 0 && failures[0]) throw failures[0][1];
  for (const { series } of found) {
    meters.samples.inc(series.samples);
    meters.points.inc(series.t.length);
  }
  if (asked.format === 'json') {
    const out = new JsonWriter();
    writeJson(out, asked, found, notices);
    meters.nonFinite.inc(out.nonFinite);
    res.type('json').send(out.take());
    return;
  }
  const stream = streamTo(request);
  const sources = found.map((one) => sourceOf(one, asked.gaps));
  await Promise.all(sources.map((source) => source.advance()));
  res.type(asked.format === 'csv' ? 'csv' : 'json');
  if (asked.format === 'csv') await writeCsv(stream, sources, asked.csvTime);
  else {
    const write = asked.format === 'wide' ? writeWide : writeRows;
    meters.nonFinite.inc((await write(stream, sources)).nonFinite);
  }
  stream.end();
}

function writeJson(
  out: JsonWriter,
  { range, gaps }: SeriesRequest,
  found: readonly Found[],
  notices: readonly Notice[],
) {
  out.raw(`{"from":${range.start},"to":${range.end},"series":[`);
  found.forEach(({ field, series }, i) => {
    const { method, samples, finalizedUntil, t } = series;
    const head = {
      ...fieldJson(field),
      reduced: method !== 'raw',
      method,
      samples,
      points: t.length,
      finalizedUntil: Number.isFinite(finalizedUntil) ? finalizedUntil : null,
      final: finalizedUntil >= range.end,
    };
    if (i > 0) out.raw(',');
    out.text(JSON.stringify(head).slice(0, -1)).raw(',"time":[');
    const shown = gaps ? withGaps(series) : series;
    writeTimes(out, shown.t);
    out.raw('],"value":[');
    writeValues(out, shown.column);
    out.raw(']}');
  });
  out.raw('],"notices":').json(notices).raw('}');
}

/** One reduced field as rows. */
function sourceOf({ field, series }: Found, gaps: boolean): RowSource {
  const name = fullName(field);
  const { t, column } = gaps ? withGaps(series) : series;
  const batches: Batch[] = t.length > 0 ? [{ t, columns: new Map([[name, column]]) }] : [];
  const columns = [{ name, column: name }];
  return rowSource({ node: field.node, timeline: field.info.timeline, columns, batches });
}

/** Numbers with a NaN half way in every gap, which JSON has as null. A state lasts, so bools and strings stay as they are. */
function withGaps({ t, column, gaps }: Series): { t: Float64Array; column: Column } {
  if (gaps.length === 0 || column.kind === 'bool' || column.kind === 'str') return { t, column };
  const from = asFloat64(column);
  const times = new Float64Array(t.length + gaps.length);
  const v = new Float64Array(times.length);
  let next = 0;
  for (let i = 0; i < t.length; i++) {
    times[i + next] = t[i]!;
    v[i + next] = from[i]!;
    if (gaps[next] !== i) continue;
    next++;
    times[i + next] = (t[i]! + t[i + 1]!) / 2;
    v[i + next] = NaN;
  }
  return { t: times, column: { kind: 'f64', v } };
}
