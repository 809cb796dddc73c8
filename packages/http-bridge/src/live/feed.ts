import { type Chunk, type Clock, type Gap, type Reader, type SisockError, toSisockError } from '@sisock/core';
import { withDeadline } from '../site/deadline.js';
import { pause } from './pause.js';

/** One timeline, followed for one client. */
export interface FeedOptions {
  readonly node: string;
  readonly timeline: string;
  readonly fields: readonly string[];
  /** Where to go on; undefined: at `since`, or with the next sample. */
  readonly cursor: string | undefined;
  readonly since: number | undefined;
  /** Asked anew after each failure: the node may have come back as another. */
  readonly reader: () => Reader;
  readonly clock: Clock;
  readonly chunkRows: number;
  readonly pollMs: number;
  readonly deadlineMs: number;
  /** Takes what comes; the feed waits for it, so a slow client slows its feed and nothing piles up. */
  readonly onPiece: (piece: Chunk | Gap) => Promise<void>;
  /** Told once a failure; the feed tries again by itself. */
  readonly onError: (error: SisockError) => Promise<void>;
}

export interface Feed {
  readonly fields: readonly string[];
  /** Where it stands. */
  cursor(): string | undefined;
  stop(): void;
}

const firstPauseMs = 500;
const longestPauseMs = 10_000;

/** Starts to follow a timeline, until it is stopped. A node that goes away is asked again, from where it was. */
export function startFeed(options: FeedOptions): Feed {
  const controller = new AbortController();
  const state: FeedState = { cursor: options.cursor, canFollow: true, start: -Infinity, pauseMs: firstPauseMs };
  void run(options, state, controller.signal);
  return { fields: options.fields, cursor: () => state.cursor, stop: () => controller.abort() };
}

interface FeedState {
  cursor: string | undefined;
  canFollow: boolean;
  /** Start of the range that is read on where a node can't be followed. */
  start: number;
  pauseMs: number;
}

async function run(options: FeedOptions, state: FeedState, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const reader = options.reader();
      if (state.cursor === undefined && options.since !== undefined) await catchUp(reader, options, state, signal);
      if (reader.follow && state.canFollow) await follow(reader, options, state, signal);
      else await readOn(reader, options, state, signal);
    } catch (thrown) {
      if (signal.aborted) return;
      const error = toSisockError(thrown);
      if (error.code === 'not_found' && state.canFollow) {
        state.canFollow = false;
        continue;
      }
      // A cursor that means nothing any more (the node lost what it pointed at): go on with what comes next.
      if (error.code === 'bad_request') state.cursor = undefined;
      await options.onError(error).catch(() => undefined);
    }
    await pause(state.pauseMs, signal);
    state.pauseMs = Math.min(longestPauseMs, state.pauseMs * 2);
  }
}

async function take(piece: Chunk | Gap, { onPiece }: FeedOptions, state: FeedState): Promise<void> {
  await onPiece(piece);
  if (!('gap' in piece)) state.cursor = piece.cursor;
  state.pauseMs = firstPauseMs;
}

async function follow(reader: Reader, options: FeedOptions, state: FeedState, signal: AbortSignal): Promise<void> {
  const { timeline, fields } = options;
  const pieces = reader.follow!({ timeline, fields, after: state.cursor ?? '' }, signal);
  for await (const piece of pieces) {
    if (signal.aborted) return;
    await take(piece, options, state);
  }
}

/** What there is since the asked time; leaves the cursor at its end. */
async function catchUp(reader: Reader, options: FeedOptions, state: FeedState, signal: AbortSignal): Promise<void> {
  state.start = options.since!;
  while (!signal.aborted) {
    const chunk = await readChunk(reader, options, state, signal);
    await take(chunk, options, state);
    if (chunk.done) return;
  }
}

/** Following, for nodes that can't: reading on from the cursor again and again. */
async function readOn(reader: Reader, options: FeedOptions, state: FeedState, signal: AbortSignal): Promise<void> {
  if (state.cursor === undefined) state.start = options.clock();
  while (!signal.aborted) {
    const chunk = await readChunk(reader, options, state, signal);
    await take(chunk, options, state);
    if (chunk.done) await pause(options.pollMs, signal);
  }
}

function readChunk(reader: Reader, options: FeedOptions, state: FeedState, signal: AbortSignal): Promise<Chunk> {
  const { node, timeline, fields, chunkRows, deadlineMs } = options;
  const range = { start: state.start, end: Infinity };
  const { cursor } = state;
  const query = { timeline, fields, range, maxSamples: chunkRows, ...(cursor !== undefined && { cursor }) };
  return withDeadline(deadlineMs, signal, `data node ${node}`, (within) => reader.read(query, within));
}
