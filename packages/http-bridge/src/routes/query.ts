import { SisockError } from '@sisock/core';
import { JsonWriter, writerCapacity } from '../encode/json-writer.js';
import { findEvents } from '../events/find-events.js';
import { annotationFrame } from '../grafana/annotations.js';
import { writeMissing, writeSeries } from '../grafana/answer.js';
import { fitsAll } from '../grafana/filters.js';
import { usableFilters } from '../grafana/known-keys.js';
import type { Notice } from '../grafana/meta.js';
import { type GrafanaQuery, parseQuery } from '../grafana/request.js';
import { resolveTargets, type Wanted } from '../grafana/resolve-targets.js';
import { type TableColumn, writeTable } from '../grafana/table.js';
import { failuresOf, isError, isNodeFailure, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { parseFieldName } from '../plan/field-name.js';
import { fetchWanted, type Outcome } from './query-data.js';

/** `POST /query`: what SimpleJson and simPod ask for a panel. Always an array, in the order of the targets. */
export const queryRoute: Route = { method: 'POST', path: '/query', run: answerQuery };

async function answerQuery(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  const { limits, meters } = context;
  const query = parseQuery(req.body);
  const { targets, range, annotation } = query;
  if (annotation !== null) {
    const { words, refId } = annotation;
    const search = { range, words, now: context.clock(), limit: limits.eventsAnswered };
    res.json([annotationFrame(refId, findEvents(context.events, view, search))]);
    return;
  }
  if (targets.length > limits.targets) {
    throw new SisockError('too_large', `${targets.length} targets are more than the ${limits.targets} allowed`);
  }
  const most = { fields: limits.fields, characters: 4 * limits.bodyBytes };
  const fetch = async (soon: boolean) => {
    const found = await filtered(request, query, await resolveTargets(view, targets, most, { signal, soon }));
    return { ...found, outcomes: await fetchWanted(request, query, found.wanted) };
  };
  let answer = await fetch(true);
  // A field may have moved to another timeline since the list was made.
  if ([...answer.outcomes.values()].some((one) => isError(one) && one.code === 'unknown_timeline')) {
    answer = await fetch(false);
  }
  const { wanted, notices, outcomes } = answer;
  reportFailures(request, failuresOf(wanted.map((one) => [nodeOf(one), outcomes.get(one)])));

  const series = [...outcomes.values()].flatMap((outcome) => (isError(outcome) ? [] : [outcome.series]));
  const points = series.reduce((sum, { t }) => sum + t.length, 0);
  const out = new JsonWriter(writerCapacity(points));
  writeAnswer(out, wanted, outcomes, range.end, notices);
  for (const { samples } of series) meters.samples.inc(samples);
  meters.points.inc(points);
  meters.nonFinite.inc(out.nonFinite);
  res.type('json').send(out.take());
}

/** What the ad-hoc filters leave. A name that means no field is kept: what is wrong with it is to be seen. */
async function filtered(
  request: BridgeRequest,
  query: GrafanaQuery,
  wanted: readonly Wanted[],
): Promise<{ wanted: readonly Wanted[]; notices: readonly Notice[] }> {
  const { filters, warnings } = await usableFilters(request, query.filters);
  const kept = wanted.filter(({ outcome }) => isError(outcome) || fitsAll(filters, outcome.node, outcome.info));
  return { wanted: kept, notices: warnings.map((text) => ({ severity: 'warning', text })) };
}

/** An element a series, or a table a target. The notices of the whole request stand with the first one. */
function writeAnswer(
  out: JsonWriter,
  wanted: readonly Wanted[],
  outcomes: ReadonlyMap<Wanted, Outcome>,
  to: number,
  notices: readonly Notice[],
): void {
  let elements = 0;
  const begin = () => {
    if (elements++ > 0) out.raw(',');
    return elements === 1 ? notices : [];
  };
  const tables = new Set<number>();
  out.raw('[');
  for (const one of wanted) {
    const { form, index } = one.target;
    if (form === 'table') {
      if (tables.has(index)) continue;
      tables.add(index);
      const own = wanted.filter(({ target }) => target.index === index);
      writeOneTable(out, own, outcomes, to, begin());
      continue;
    }
    const outcome = outcomes.get(one)!;
    const heading = { name: one.name, refId: one.refId, notices: begin() };
    if (isError(outcome)) writeMissing(out, heading, outcome, severityOf(outcome));
    else writeSeries(out, heading, form, { ...outcome, to });
  }
  out.raw(']');
}

function writeOneTable(
  out: JsonWriter,
  wanted: readonly Wanted[],
  outcomes: ReadonlyMap<Wanted, Outcome>,
  to: number,
  more: readonly Notice[],
): void {
  const columns: TableColumn[] = [];
  const notices: Notice[] = [];
  for (const one of wanted) {
    const outcome = outcomes.get(one)!;
    if (isError(outcome)) notices.push({ severity: severityOf(outcome), text: outcome.message });
    else columns.push({ name: one.name, answer: { ...outcome, to } });
  }
  writeTable(out, { refId: wanted[0]?.refId, notices: [...notices, ...more] }, columns);
}

function severityOf(error: SisockError): 'error' | 'warning' {
  return isNodeFailure(error) ? 'error' : 'warning';
}

function nodeOf({ name, outcome }: Wanted): string {
  return isError(outcome) ? (parseFieldName(name)?.node ?? name) : outcome.node;
}
