import { SisockError } from '@sisock/core';
import { rawBatches, type RowBudget } from '../api/raw.js';
import { rowSource, type RowSource } from '../api/row-source.js';
import { nodeNotices } from '../api/select.js';
import { writeBlocks } from '../api/write-blocks.js';
import { writeCsv } from '../api/write-csv.js';
import { writeRows } from '../api/write-rows.js';
import { writeWide } from '../api/write-wide.js';
import { failuresOf, reportFailures } from '../http/partial.js';
import type { BridgeRequest } from '../http/routes.js';
import { type AnswerStream, streamTo } from '../http/stream.js';
import { groupFields } from '../plan/groups.js';
import type { SeriesRequest } from './series.js';

/** However many timelines share an answer, a call brings so many rows: fewer are not worth it. */
const leastChunkRows = 2000;

/**
 * All samples of a range, read chunk by chunk as the client takes them: memory is two chunks a timeline, whatever the
 * range. The first chunks are asked of all nodes at once; a node that fails then is left out and named.
 */
export async function answerRaw(request: BridgeRequest, series: SeriesRequest): Promise<void> {
  const { res, view, signal, context } = request;
  const { limits, meters } = context;
  const budget: RowBudget = { rows: series.limit, cut: false };
  const groups = groupFields(series.selection.fields);
  const chunkRows = Math.min(limits.chunkRows, Math.max(leastChunkRows, Math.floor(limits.chunkRows / groups.length)));
  const options = { range: series.range, chunkRows, deadlineMs: limits.nodeDeadlineMs, signal };
  const sources = groups.map((group) =>
    rowSource({
      node: group.node,
      timeline: group.timeline,
      columns: group.fields.map((column) => ({ name: `${group.node}::${column}`, column })),
      batches: rawBatches(view.reader(group.node), group, options, budget),
    }),
  );
  await Promise.all(sources.map((source) => source.advance()));
  const early = failed(sources);
  if (early.length === sources.length && early[0]?.error) throw early[0].error;
  reportFailures(request, failuresOf(early.map((source) => [source.node, source.error])));

  const stream = streamTo(request);
  const alive = sources.filter((source) => !source.error);
  res.setHeader('Sisock-Row-Limit', String(series.limit));
  switch (series.format) {
    case 'csv':
      res.type('csv');
      meters.points.inc(await writeCsv(stream, sources, series.csvTime));
      break;
    case 'rows':
    case 'wide': {
      res.type('json');
      const write = series.format === 'wide' ? writeWide : writeRows;
      const { points, nonFinite } = await write(stream, alive);
      meters.points.inc(points);
      meters.nonFinite.inc(nonFinite);
      break;
    }
    case 'json':
      await answerBlocks(request, series, stream, sources, budget);
      break;
  }
  stream.end();
}

async function answerBlocks(
  request: BridgeRequest,
  { selection, range, limit }: SeriesRequest,
  stream: AnswerStream,
  sources: readonly RowSource[],
  budget: RowBudget,
): Promise<void> {
  const { res, context } = request;
  const early = new Set(failed(sources));
  res.type('json');
  await stream.write(`{"from":${range.start},"to":${range.end},"raw":true,"blocks":[`);
  const { points, nonFinite } = await writeBlocks(stream, sources);
  const late = failed(sources).filter((source) => !early.has(source));
  reportFailures(request, failuresOf(late.map((source) => [source.node, source.error])));
  const notices = [...selection.notices, ...nodeNotices(failed(sources).map((source) => [source.node, source.error]))];
  if (budget.cut) {
    const { code, message } = new SisockError(
      'too_large',
      `only the first ${limit} rows are here: ask a shorter range`,
    );
    notices.push({ code, message });
  }
  const complete = !budget.cut && failed(sources).length === 0;
  await stream.write(`],"rows":${limit - budget.rows},"complete":${complete},"notices":${JSON.stringify(notices)}}`);
  context.meters.points.inc(points);
  context.meters.nonFinite.inc(nonFinite);
}

function failed(sources: readonly RowSource[]): RowSource[] {
  return sources.filter((source) => source.error !== null);
}
