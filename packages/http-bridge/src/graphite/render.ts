import { SisockError } from '@sisock/core';
import { JsonWriter } from '../encode/json-writer.js';
import { failuresOf, isError, reportFailures } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { bucketsFor } from '../plan/points.js';
import { fullName, type KnownField } from '../plan/resolve.js';
import { compileTarget, type Leaf } from './evaluate.js';
import { fetchDrawn, fetchMeans, type FieldAnswers } from './fetch.js';
import { findMatches, type Match, type Matches } from './find.js';
import { makeGrid } from './grid.js';
import { checkFormat, parametersOf, pointsOfRequest } from './parameters.js';
import { parseTarget } from './parse.js';
import { type GraphiteSeries, type Points, settle } from './samples.js';
import { graphiteRange } from './time.js';

/** `/render`: the series of targets, as JSON. */
export async function answerRender(request: BridgeRequest): Promise<void> {
  const { req, res, view, signal, context } = request;
  const { limits, meters } = context;
  const parameters = parametersOf(req);
  checkFormat(parameters, 'json');
  const now = context.clock();
  const range = graphiteRange(parameters.one('from'), parameters.one('until'), now);
  const programs = targetsOf(request, parameters.all('target')).map(compileTarget);
  const leaves = programs.flatMap((program) => program.leaves);
  const patterns = leaves.map((leaf) => leaf.pattern);
  const findLimits = { length: limits.graphiteTarget, lists: limits.fields };
  const matches = await findMatches(view, patterns, findLimits, signal);
  const groups = groupLeaves(leaves, matches);
  const count = [...groups.values()].reduce((sum, { fields }) => sum + fields.size, 0);
  if (count > limits.fields) {
    throw new SisockError('too_large', `the targets mean ${count} fields, more than the ${limits.fields} allowed`);
  }

  const most = Math.max(2, bucketsFor(pointsOfRequest(parameters), count, limits));
  const drawn = makeGrid(range, Math.floor(most / 2), 2);
  const means = makeGrid(range, most, 1);
  const fetched = new Map<string, FieldAnswers>();
  const shared = { range, deadlineMs: limits.nodeDeadlineMs, signal };
  await Promise.all(
    [...groups].map(async ([key, { shift, inSteps, fields }]) => {
      const asked = { ...shared, shift, fields: [...fields.values()] };
      const answers = inSteps
        ? fetchMeans(view, { ...asked, grid: means }, now)
        : fetchDrawn(view, { ...asked, grid: drawn });
      fetched.set(key, await answers);
    }),
  );

  const failures = new Map([...matches.failures, ...failuresOf(nodesOf(groups, fetched))]);
  reportFailures(request, failures);
  const seriesOf = (leaf: Leaf) =>
    matchesOf(matches, leaf).flatMap((match) => {
      const points = fetched.get(keyOf(leaf))?.get(fullName(match.field));
      return points && !isError(points) ? [{ ...points, ...headOf(match) }] : [];
    });
  const series = programs.flatMap((program) => program.run(seriesOf, { range, drawn, means, now }));
  const [failure] = failures.values();
  if (series.length === 0 && failure) throw failure;

  const out = new JsonWriter();
  out.raw('[');
  series.forEach((one, i) => {
    if (i > 0) out.raw(',');
    const points = settle(one, drawn, most);
    writeSeries(out, one, points);
    meters.points.inc(points.t.length);
  });
  out.raw(']');
  res.type('json').send(out.take());
}

function targetsOf({ context: { limits } }: BridgeRequest, texts: readonly string[]) {
  if (texts.length === 0)
    throw new SisockError('bad_request', 'parameter target is missing: target=node.field, repeated');
  if (texts.length > limits.targets) {
    throw new SisockError('too_large', `${texts.length} targets are more than the ${limits.targets} allowed`);
  }
  return texts.map((text) => parseTarget(text, { length: limits.graphiteTarget, depth: limits.graphiteDepth }));
}

/** Fields that are asked in the same way, once each. */
interface LeafGroup extends Omit<Leaf, 'pattern'> {
  readonly fields: Map<string, KnownField>;
}

function groupLeaves(leaves: readonly Leaf[], matches: Matches): Map<string, LeafGroup> {
  const groups = new Map<string, LeafGroup>();
  for (const leaf of leaves) {
    const key = keyOf(leaf);
    let group = groups.get(key);
    if (!group) groups.set(key, (group = { shift: leaf.shift, inSteps: leaf.inSteps, fields: new Map() }));
    for (const { field } of matchesOf(matches, leaf)) group.fields.set(fullName(field), field);
  }
  return groups;
}

function keyOf({ shift, inSteps }: Leaf): string {
  return `${shift} ${inSteps}`;
}

type FieldMatch = Match & { readonly field: KnownField };

function matchesOf({ found }: Matches, { pattern }: Leaf): FieldMatch[] {
  return (found.get(pattern) ?? []).filter((match): match is FieldMatch => match.field !== null);
}

function* nodesOf(groups: ReadonlyMap<string, LeafGroup>, fetched: ReadonlyMap<string, FieldAnswers>) {
  for (const [key, { fields }] of groups) {
    for (const [name, { node }] of fields) yield [node, fetched.get(key)?.get(name)] as const;
  }
}

function headOf({ path, field }: FieldMatch): Pick<GraphiteSeries, 'name' | 'path' | 'tags'> {
  const units = field.info.units;
  return { name: path, path, tags: { name: path, node: field.node, ...(units && { units }) } };
}

function writeSeries(out: JsonWriter, { name, tags }: GraphiteSeries, { t, v }: Points): void {
  out.raw('{"target":').json(name).raw(',"tags":').json(tags).raw(',"datapoints":[');
  for (let i = 0; i < t.length; i++) {
    out.raw(i > 0 ? ',[' : '[');
    if (Number.isFinite(v[i])) out.number(v[i]!);
    else out.raw('null');
    out.raw(',').number(t[i]!).raw(']');
  }
  out.raw(']}');
}
