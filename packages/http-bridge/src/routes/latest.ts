import { type Column, type Reader, type SisockError, sliceColumn, toSisockError } from '@sisock/core';
import { fieldJson } from '../api/field-json.js';
import { manyTexts, onlyKnown } from '../api/parameters.js';
import { noticeOf, selectFields } from '../api/select.js';
import { writeValue } from '../encode/columns.js';
import { JsonWriter } from '../encode/json-writer.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { type Group, groupFields } from '../plan/groups.js';
import { fullName } from '../plan/resolve.js';
import { samplesOf } from '../plan/series.js';
import { withDeadline } from '../site/deadline.js';

/** `GET /api/v1/latest`: the newest sample of each field. */
export const latestRoute: Route = { method: 'GET', path: '/api/v1/latest', run: answerLatest };

/** One sample: a time and a column of one value. */
interface Sample {
  readonly t: number;
  readonly column: Column;
}

async function answerLatest(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  onlyKnown(req.query, ['field']);
  const { fields, notices } = await selectFields(request, manyTexts(req.query, 'field'));
  const now = context.clock();
  const found = new Map<string, Sample | SisockError | null>();
  await Promise.all(
    groupFields(fields).map(async (group) => {
      const name = (field: string) => `${group.node}::${field}`;
      try {
        const what = `data node ${group.node}`;
        const latest = await withDeadline(context.limits.nodeDeadlineMs, signal, what, (within) =>
          latestOf(view.reader(group.node), group, now, within),
        );
        for (const field of group.fields) found.set(name(field), latest.get(field) ?? null);
      } catch (thrown) {
        const error = toSisockError(thrown);
        for (const field of group.fields) found.set(name(field), error);
      }
    }),
  );
  const outcomes = fields.map((field) => ({ field, outcome: found.get(fullName(field)) ?? null }));
  reportFailures(request, failuresOf(outcomes.map(({ field, outcome }) => [field.node, outcome])));
  const out = new JsonWriter(4096);
  out.raw(`{"now":${now},"latest":[`);
  for (const [i, { field, outcome }] of outcomes.entries()) {
    if (i > 0) out.raw(',');
    out.text(JSON.stringify(fieldJson(field)).slice(0, -1));
    if (isError(outcome)) notices.push(noticeOf(fullName(field), outcome));
    if (outcome === null || isError(outcome)) out.raw(',"time":null,"age":null,"value":null}');
    else {
      out
        .raw(',"time":')
        .number(outcome.t)
        .raw(',"age":')
        .number(now - outcome.t)
        .raw(',"value":');
      writeValue(out, outcome.column, 0);
      out.raw('}');
    }
  }
  out.raw('],"notices":').json(notices).raw('}');
  res.type('json').send(out.take());
}

/** Windows before now that are looked through where a node does not say when its data end, in seconds. */
const windows = [60, 3600, 86_400, 400 * 86_400];
/** Rows read from the known end of a timeline: what arrived while we asked, and repeated times. */
const tailRows = 10_000;

async function latestOf(
  reader: Reader,
  group: Group,
  now: number,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Sample>> {
  const found = new Map<string, Sample>();
  const missing = () => group.fields.filter((field) => !found.has(field));
  if (group.extent) {
    await readTail(reader, group, found, signal);
    if (missing().length > 0)
      await lastOf(reader, group, missing(), group.extent.start, group.extent.end, found, signal);
    return found;
  }
  for (const seconds of windows) {
    await lastOf(reader, group, missing(), now - seconds, now + 60, found, signal);
    if (missing().length === 0) break;
  }
  return found;
}

async function readTail(reader: Reader, group: Group, found: Map<string, Sample>, signal: AbortSignal): Promise<void> {
  const { timeline, fields } = group;
  const range = { start: group.extent!.end, end: Infinity };
  let cursor: string | undefined;
  for (let rows = 0; rows < tailRows;) {
    const query = { timeline, fields, range, maxSamples: 1000, ...(cursor !== undefined && { cursor }) };
    const chunk = await reader.read(query, signal);
    for (const field of fields) {
      const samples = samplesOf(chunk.batches, field);
      if (samples) found.set(field, lastSample(samples.t, samples.column));
    }
    if (chunk.done || chunk.cursor === cursor) return;
    cursor = chunk.cursor;
    rows += 1000;
  }
}

/** The last sample in a window, by a reduction to one bucket: whatever its method, it keeps the last one. */
async function lastOf(
  reader: Reader,
  { timeline }: Group,
  fields: readonly string[],
  start: number,
  end: number,
  found: Map<string, Sample>,
  signal: AbortSignal,
): Promise<void> {
  // A little wider, so that the last sample lies inside the half open bucket.
  const width = Math.max(1, (end - start) * 1.001);
  const reduced = await reader.reduce({ timeline, fields, start, width, count: 1, want: 'm4' }, signal);
  for (const [field, one] of reduced.fields) {
    if (one.kind === 'samples' && one.t.length > 0) found.set(field, lastSample(one.t, one.column));
  }
}

function lastSample(t: Float64Array, column: Column): Sample {
  const last = t.length - 1;
  return { t: t[last]!, column: sliceColumn(column, last, last + 1) };
}
