import type { Selectable } from 'kysely';
import { packFrames, unpackFrames, type FrameColumns } from '../frame-codec.js';
import { type FieldKinds, fileKey, fileToRow, rowToFile } from '../rows.js';
import type { Db, Tables } from '../tables.js';
import type { CommitResult, FileUpdate, KnownFile, TickSpan } from '../types.js';
import { pieces } from '../values.js';
import { writeOriginalRows } from './original-rows.js';
import { appendRun, type FoundRun, groupBlocks } from './plan.js';
import { type Counters, TouchedTimelines } from './timelines.js';

export interface CommitContext {
  /** Ticks above it are in the future: they finalize nothing. */
  readonly newestFinal: bigint;
  /** Layouts by number, as far as they are known; added to. */
  readonly layouts: Map<number, FieldKinds>;
  /** Rows of `description` that surely stand. */
  readonly described: Set<string>;
  /** The row of archive_state must be locked for writers to come one after the other (libsql has one at a time). */
  readonly locked: boolean;
}

export interface CommitOutcome {
  readonly results: readonly CommitResult[];
  /** Rows of `description` that were written. */
  readonly described: readonly string[];
}

type RunRow = Selectable<Tables['archive_runs']>;

interface Accepted {
  readonly id: number;
  readonly update: FileUpdate;
  readonly before: KnownFile | null;
  readonly found: readonly FoundRun[];
}

/** Stores updates of different files in the transaction `trx`. */
export async function commitFiles(
  trx: Db,
  updates: readonly FileUpdate[],
  context: CommitContext,
): Promise<CommitOutcome> {
  const row = trx.selectFrom('archive_state').selectAll().where('id', '=', 1);
  const state = await (context.locked ? row.forUpdate() : row).executeTakeFirstOrThrow();
  const next: Counters = {
    file: Number(state.next_file),
    timeline: Number(state.next_timeline),
    layout: Number(state.next_layout),
    change: Number(state.next_change),
  };
  const known = await knownFiles(trx, updates);
  const accepted: Accepted[] = [];
  const results = updates.map((update): CommitResult => {
    const before = known.get(update.file.path) ?? null;
    if ((before?.version ?? null) !== update.expected) return { conflict: true };
    const id = before?.id ?? next.file++;
    accepted.push({ id, update, before, found: groupBlocks(update) });
    return { conflict: false, file: { ...update.file, id, version: (before?.version ?? 0) + 1 } };
  });
  if (accepted.length === 0) return { results, described: [] };

  const timelines = new TouchedTimelines(trx, next, context.layouts);
  await timelines.need(accepted.flatMap(({ found }) => found));
  await writeRuns(trx, accepted, timelines, context.newestFinal);
  const touched = await timelines.write();
  const described = await writeOriginalRows(
    trx,
    accepted.filter(({ update, before }) => update.mode === 'replace' || update.blocks.length > 0 || before === null),
    context.described,
  );
  const files = accepted.map(({ id, update, before }) => fileToRow(update.file, id, (before?.version ?? 0) + 1));
  for (const rows of pieces(files, (row) => row.resume.length + row.path.length)) {
    await trx.replaceInto('archive_files').values(rows).execute();
  }
  await trx
    .updateTable('archive_state')
    .set({
      generation: Number(state.generation) + (touched ? 1 : 0),
      next_file: next.file,
      next_timeline: next.timeline,
      next_layout: next.layout,
      next_change: next.change,
    })
    .where('id', '=', 1)
    .execute();
  return { results, described };
}

async function knownFiles(trx: Db, updates: readonly FileUpdate[]): Promise<Map<string, KnownFile>> {
  const keys = updates.map(({ file }) => fileKey(file.path));
  const known = new Map<string, KnownFile>();
  for (const some of pieces(keys, undefined, 500)) {
    const rows = await trx.selectFrom('archive_files').selectAll().where('path_key', 'in', some).execute();
    for (const row of rows) known.set(row.path, rowToFile(row));
  }
  return known;
}

/** Runs of the files as they are to be; tells `timelines` what came and went. */
async function writeRuns(trx: Db, accepted: readonly Accepted[], timelines: TouchedTimelines, newestFinal: bigint) {
  const old = await oldRuns(trx, accepted);
  await timelines.needIds([...old.values()].flatMap((runs) => runs.map((run) => Number(run.timeline_id))));
  const rows: ReturnType<typeof runRow>[] = [];
  const gone: RunRow[] = [];
  for (const { id, update, before, found } of accepted) {
    const runs = new Map((old.get(id) ?? []).map((run) => [Number(run.timeline_id), run]));
    for (const one of found) {
      const timeline = timelines.of(one.feed, one.block);
      const stands = runs.get(timeline.id);
      runs.delete(timeline.id);
      let whole = one;
      if (stands !== undefined && update.mode === 'append') {
        whole = appendRun(
          {
            frames: unpackFrames(stands.frames),
            fields: await timelines.fieldsOf(Number(stands.layout_id)),
            span: spanOfRow(stands),
            samples: Number(stands.samples),
          },
          one,
        );
      }
      const packed = packFrames(whole.frames);
      const layout = await timelines.layout(timeline, whole.fields);
      if (stands !== undefined && update.mode === 'replace') {
        const same = update.file.fingerprint === before?.fingerprint && Number(stands.layout_id) === layout;
        if (same && sameBytes(stands.frames, packed)) continue;
        timelines.removed(timeline, Number(stands.frame_count), Number(stands.samples), spanOfRow(stands));
      }
      const { frames, samples } = one;
      const added = { frames: frames.offset.length, samples, spans: frameSpans(frames) };
      timelines.added(timeline, one.fields, added, newestFinal);
      timelines.holds(timeline, whole.span);
      rows.push(runRow(timeline.id, id, layout, whole, packed));
    }
    if (update.mode === 'append') continue;
    for (const run of runs.values()) {
      gone.push(run);
      const timeline = timelines.byId(Number(run.timeline_id));
      timelines.removed(timeline, Number(run.frame_count), Number(run.samples), spanOfRow(run));
    }
  }
  for (const run of gone) {
    await trx
      .deleteFrom('archive_runs')
      .where('timeline_id', '=', run.timeline_id)
      .where('file_id', '=', run.file_id)
      .execute();
  }
  for (const piece of pieces(rows, (row) => 2 * row.frames.length)) {
    await trx.replaceInto('archive_runs').values(piece).execute();
  }
}

/** What stands of files that are known already, by file. */
async function oldRuns(trx: Db, accepted: readonly Accepted[]): Promise<Map<number, RunRow[]>> {
  const ids = accepted
    .filter(({ update, before, found }) => before !== null && (update.mode === 'replace' || found.length > 0))
    .map(({ id }) => id);
  const old = new Map<number, RunRow[]>();
  for (const some of pieces(ids, undefined, 100)) {
    for (const row of await trx.selectFrom('archive_runs').selectAll().where('file_id', 'in', some).execute()) {
      const file = Number(row.file_id);
      old.set(file, [...(old.get(file) ?? []), row]);
    }
  }
  return old;
}

function runRow(timelineId: number, fileId: number, layoutId: number, run: FoundRun, frames: Uint8Array) {
  return {
    timeline_id: timelineId,
    file_id: fileId,
    layout_id: layoutId,
    first_tick: run.span.first,
    last_tick: run.span.last,
    frame_count: run.frames.offset.length,
    samples: run.samples,
    frames: Buffer.from(frames.buffer, frames.byteOffset, frames.byteLength),
  };
}

const spanOfRow = (row: RunRow): TickSpan => ({ first: BigInt(row.first_tick), last: BigInt(row.last_tick) });

function frameSpans(frames: FrameColumns): TickSpan[] {
  return Array.from(frames.minTick, (first, i) => ({ first, last: frames.maxTick[i]! }));
}

function sameBytes(a: ArrayBuffer | Uint8Array, b: Uint8Array): boolean {
  const other = ArrayBuffer.isView(a) ? a : new Uint8Array(a);
  return Buffer.compare(other, b) === 0;
}
