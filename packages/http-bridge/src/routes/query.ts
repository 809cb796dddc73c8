import { SisockError } from '@sisock/core';
import { JsonWriter } from '../encode/json-writer.js';
import { writeMissing, writeSeries } from '../grafana/answer.js';
import { parseQuery } from '../grafana/request.js';
import { resolveTargets, type Wanted } from '../grafana/resolve-targets.js';
import { failuresOf, isError, isNodeFailure, reportFailures } from '../http/partial.js';
import type { BridgeRequest, Route } from '../http/routes.js';
import { answerFor, fetchSeries } from '../plan/fetch.js';
import { parseFieldName } from '../plan/field-name.js';
import { bucketsFor } from '../plan/points.js';
import type { KnownField } from '../plan/resolve.js';
import type { Series } from '../plan/series.js';

/** `POST /query`: what SimpleJson and simPod ask for a panel. Always an array, in the order of the targets. */
export const queryRoute: Route = { method: 'POST', path: '/query', run: answerQuery };

type Outcome = { readonly field: KnownField; readonly series: Series } | SisockError;

async function answerQuery(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  const { limits, meters } = context;
  const { targets, range, maxDataPoints } = parseQuery(req.body);
  if (targets.length > limits.targets) {
    throw new SisockError('too_large', `${targets.length} targets are more than the ${limits.targets} allowed`);
  }
  const wanted = await resolveTargets(view, targets, limits.fields, signal);
  const fields = wanted.map((one) => one.outcome).filter((one): one is KnownField => !isError(one));
  const answers = await fetchSeries(view, fields, {
    range,
    points: bucketsFor(maxDataPoints, fields.length, limits),
    edges: true,
    deadlineMs: limits.nodeDeadlineMs,
    signal,
  });
  const outcomes = wanted.map(({ outcome }): Outcome => {
    if (isError(outcome)) return outcome;
    const series = answerFor(answers, outcome);
    return isError(series) ? series : { field: outcome, series };
  });
  reportFailures(request, failuresOf(wanted.map((one, i) => [nodeOf(one), outcomes[i]])));

  const out = new JsonWriter();
  out.raw('[');
  wanted.forEach((heading, i) => {
    if (i > 0) out.raw(',');
    const outcome = outcomes[i]!;
    if (isError(outcome)) writeMissing(out, heading, outcome, isNodeFailure(outcome) ? 'error' : 'warning');
    else {
      writeSeries(out, heading, outcome.field, outcome.series, range.end);
      meters.samples.inc(outcome.series.samples);
      meters.points.inc(outcome.series.t.length);
    }
  });
  out.raw(']');
  meters.nonFinite.inc(out.nonFinite);
  res.type('json').send(out.take());
}

function nodeOf({ name, outcome }: Wanted): string {
  return isError(outcome) ? (parseFieldName(name)?.node ?? name) : outcome.node;
}
