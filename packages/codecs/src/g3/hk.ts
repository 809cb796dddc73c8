import type { Column, ColumnKind } from '@sisock/core';
import { type RawBlock, readBlocks } from './hk-blocks.js';
import { HkKeys } from './hk-keys.js';
import { defaultG3Limits } from './limits.js';
import { tickRange } from './ticks.js';
import type { G3Frame, G3Limits, HkBlock, HkBlockSummary, HkData, HkFrame, HkSummary, HkWanted } from './types.js';

const newestVersion = 2n;
/** Values of `hkagg_type`. */
const hkSession = 0n;
const hkStatus = 1n;
const hkData = 2n;
const everything: HkWanted = {};

/** True for frames that {@link summarizeHk} and {@link decodeHk} are for: those of type `H`, and those that say so inside. */
export function isHkFrame(frame: G3Frame): boolean {
  // One flipped bit makes another type of `H`, which no checksum covers.
  return frame.type === 'H' || frame.entries.has('hkagg_type');
}

/**
 * A housekeeping frame with its values. docs/g3.md, "Housekeeping".
 * @param wanted which fields and blocks; others are gone over by their lengths.
 * @throws G3Damage `schema`, `structure`, `too_large`.
 */
export function decodeHk(frame: G3Frame, wanted: HkWanted = everything, limits: Partial<G3Limits> = {}): HkFrame {
  return readHk(frame, wanted, { ...defaultG3Limits, ...limits }, decodeBlock);
}

/**
 * A housekeeping frame without its values: what an index needs. Times are read, values are gone over by their lengths.
 * @throws G3Damage `schema`, `structure`, `too_large`.
 */
export function summarizeHk(frame: G3Frame, limits: Partial<G3Limits> = {}): HkSummary {
  return readHk(frame, everything, { ...defaultG3Limits, ...limits }, summarizeBlock);
}

type Head<Block> = Exclude<HkFrame, HkData<HkBlock>> | HkData<Block>;

function readHk<Block>(
  frame: G3Frame,
  wanted: HkWanted,
  limits: G3Limits,
  make: (block: RawBlock, index: number, name: string) => Block,
): Head<Block> {
  const keys = new HkKeys(frame, limits);
  if (frame.type !== 'H') throw keys.damage(`housekeeping in a frame of type ${frame.type}`);
  const version = keys.intOr('hkagg_version', 0n);
  if (version < 0n || version > newestVersion) {
    throw keys.damage(`hkagg_version ${version} (0 to ${newestVersion} are known)`);
  }
  const type = keys.int('hkagg_type');
  if (type < hkSession || type > hkData) return { kind: 'unknown' };
  const common = { version: Number(version), sessionId: keys.int('session_id') };
  if (type === hkSession) {
    const startTime = keys.optionalDouble('start_time');
    return { ...common, kind: 'session', startTime, description: keys.optionalString('description') };
  }
  const timestamp = keys.optionalDouble('timestamp');
  if (type === hkStatus) return { ...common, kind: 'status', timestamp, providers: keys.providers() };

  const { blocks: raw, lost } = readBlocks(frame, keys.blob('blocks'), limits, wanted);
  const names = version === 2n ? keys.strings('block_names') : null;
  if (names !== null && names.length !== raw.length + lost) {
    throw keys.damage(`${names.length} block_names for ${raw.length + lost} blocks`);
  }
  const blocks: Block[] = [];
  // A frame may refer to one block any number of times.
  const made = new Map<RawBlock, Block>();
  raw.forEach((block, index) => {
    if (block === null) return;
    const name = names?.[index] ?? `block_for_${block.first ?? ''}`;
    const before = made.get(block);
    const now = before === undefined ? make(block, index, name) : { ...before, index, name };
    made.set(block, now);
    blocks.push(now);
  });
  return {
    ...common,
    kind: 'data',
    providerId: keys.int('prov_id'),
    timestamp,
    address: keys.optionalString('address'),
    providerSessionId: keys.optionalString('provider_session_id'),
    blocks,
    lostBlocks: lost,
  };
}

function decodeBlock(block: RawBlock, index: number, name: string): HkBlock {
  const columns = new Map<string, Column>();
  for (const [field, column] of block.columns) columns.set(field, column.decode());
  return { index, name, ticks: block.ticks(), columns };
}

function summarizeBlock(block: RawBlock, index: number, name: string): HkBlockSummary {
  const fields = new Map<string, ColumnKind>();
  for (const [field, { kind }] of block.columns) fields.set(field, kind);
  return { index, name, count: block.count, ...tickRange(block.ticks()), fields };
}
