import { SisockError } from '@sisock/core';
import { type FeedInfo, isRecord, kindOf, readFeedInfo } from './feed-info.js';
import { type BlockCounts, type FeedBlock, readBlock } from './parse-block.js';

/** How much of one event is taken at all. Everything above is left out, counted and named. */
export interface EventLimits {
  readonly maxBlocks: number;
  /** Fields of one block. */
  readonly maxFields: number;
  /** Values (rows x fields) of one block. */
  readonly maxValues: number;
  /** How often the set of present fields or their types may change within one block of a message. */
  readonly maxRuns: number;
  /** Characters of a block, field or address name. */
  readonly maxNameLength: number;
  /** Characters of a text value. */
  readonly maxTextLength: number;
}

export const defaultEventLimits: EventLimits = {
  maxBlocks: 10_000,
  maxFields: 20_000,
  maxValues: 2_000_000,
  maxRuns: 1_000,
  maxNameLength: 255,
  maxTextLength: 65_536,
};

/**
 * What an event of a feed holds.
 * - `samples`: a recorded feed. A block comes as several entries where fields are absent in some rows or change type.
 *   Rows are in the message's order. `problems` names (some of) what was left out; `counts` has it all.
 * - `heartbeat`: an agent's sign of life with the code of each operation.
 * - `operations`: the registry's word on agents; keys are `<address>_<operation>` in OCS's field spelling.
 * - `free-form`: any other unrecorded feed. No time series.
 */
export type FeedEvent =
  | {
      readonly kind: 'samples';
      readonly feed: FeedInfo;
      readonly blocks: readonly FeedBlock[];
      readonly problems: readonly string[];
      readonly counts: Readonly<BlockCounts>;
    }
  | { readonly kind: 'heartbeat'; readonly feed: FeedInfo; readonly operations: ReadonlyMap<string, number> }
  | { readonly kind: 'operations'; readonly feed: FeedInfo; readonly operations: ReadonlyMap<string, number> }
  | { readonly kind: 'free-form'; readonly feed: FeedInfo };

const problemsNamed = 8;

/**
 * Reads the arguments of an EVENT of an OCS feed, `[[message, feed information]]`. `topic` is the one it was published
 * on, where known. One bad block, field, row or value never loses the others; unknown keys are ignored.
 * @throws SisockError `bad_data` when it is no such event at all; the message says what is wrong.
 */
export function parseEvent(
  args: readonly unknown[],
  topic?: string,
  limits: EventLimits = defaultEventLimits,
): FeedEvent {
  const pair = args[0];
  if (!Array.isArray(pair) || pair.length < 2) {
    throw new SisockError('bad_data', `event holds ${kindOf(pair)}, not a pair of message and feed information`);
  }
  const [message, info] = pair as [unknown, unknown];
  const feed = readFeedInfo(info, topic, limits.maxNameLength);
  if (feed.feedName === 'heartbeat') return { kind: 'heartbeat', feed, operations: readCodes(message, limits) };
  if (!feed.record) return { kind: 'free-form', feed };
  if (!isRecord(message)) {
    throw new SisockError('bad_data', `message of ${feed.address} is ${kindOf(message)}, not a dictionary of blocks`);
  }
  const read = readBlocks(message, limits);
  if (feed.feedName === 'agent_operations') return { kind: 'operations', feed, operations: lastCodes(read.blocks) };
  return { kind: 'samples', feed, ...read };
}

function readBlocks(message: Readonly<Record<string, unknown>>, limits: EventLimits) {
  const counts: BlockCounts = { badBlocks: 0, badFields: 0, badRows: 0, badValues: 0, absent: 0, mixedFields: 0 };
  const problems: string[] = [];
  const blocks: FeedBlock[] = [];
  const report = (problem: string) => {
    if (problems.length < problemsNamed) problems.push(problem);
  };
  const names = Object.keys(message);
  for (const name of names.slice(0, limits.maxBlocks)) {
    for (const block of readBlock(name, message[name], limits, counts, report)) blocks.push(block);
  }
  const extra = names.length - limits.maxBlocks;
  if (extra > 0) {
    counts.badBlocks += extra;
    report(`message has ${names.length} blocks; at most ${limits.maxBlocks} are taken`);
  }
  return { blocks, problems, counts };
}

function readCodes(message: unknown, limits: EventLimits): ReadonlyMap<string, number> {
  const codes = new Map<string, number>();
  if (!isRecord(message)) return codes;
  for (const name of Object.keys(message).slice(0, limits.maxFields)) {
    const code = message[name];
    if (Number.isInteger(code) && name.length <= limits.maxNameLength) codes.set(name, code as number);
  }
  return codes;
}

function lastCodes(blocks: readonly FeedBlock[]): ReadonlyMap<string, number> {
  const codes = new Map<string, number>();
  for (const block of blocks) {
    for (const [name, column] of block.columns) {
      const code = column.kind === 'f64' ? column.v[column.v.length - 1] : undefined;
      if (Number.isInteger(code)) codes.set(name, code!);
    }
  }
  return codes;
}
