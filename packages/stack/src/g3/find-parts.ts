import { SisockError } from '@sisock/core';
import { eachFile, followFile } from './follow-file.js';
import { matchField } from './match-field.js';
import { tickSeconds } from './times.js';

/** One block that holds the field, and where it is. */
export interface Part {
  /** Which of the files. */
  readonly file: number;
  readonly offset: number;
  readonly length: number;
  readonly index: number;
  readonly count: number;
  readonly minTick: bigint;
  readonly maxTick: bigint;
  readonly rising: boolean;
}

export interface FoundField {
  /** Full name. */
  readonly field: string;
  /** Its own name. */
  readonly name: string;
  readonly parts: readonly Part[];
  readonly status: number;
}

/** A block, and the places where the field may be found in it: kept for every field until it is known which is meant. */
type Parts = Map<string, { readonly name: string; readonly parts: Part[] }>;

/**
 * Where a field's samples of a range are, by their times. `start <= t < end`, UNIX seconds.
 * @throws SisockError `unknown_field`
 */
export async function findParts(
  files: readonly string[],
  wanted: string,
  range: { readonly start: number; readonly end: number },
  complain: (text: string) => void,
): Promise<FoundField> {
  const last = wanted.split('.').at(-1)!;
  const all = new Set<string>();
  const found: Parts = new Map();
  let file = -1;
  const status = await eachFile(files, complain, async (path) => {
    file++;
    const frames = followFile(path);
    for (;;) {
      const { done, value } = await frames.next();
      if (done === true) return value;
      const { hk, feed, walked } = value;
      if (feed === null || hk?.kind !== 'data') continue;
      for (const { index, count, minTick, maxTick, rising, fields } of hk.blocks) {
        for (const name of fields.keys()) {
          const full = `${feed}.${name}`;
          all.add(full);
          if (count === 0 || !mayBe(full, last)) continue;
          if (!(tickSeconds(maxTick) >= range.start && tickSeconds(minTick) < range.end)) continue;
          let entry = found.get(full);
          if (entry === undefined) found.set(full, (entry = { name, parts: [] }));
          const { offset, length } = walked;
          entry.parts.push({ file, offset, length, index, count, minTick, maxTick, rising });
        }
      }
    }
  });
  if (all.size === 0 && status !== 0) throw new SisockError('bad_data', 'no file holds any data that can be read');
  const field = matchField(wanted, all);
  const { name = '', parts = [] } = found.get(field) ?? {};
  parts.sort(byTime);
  return { field, name, parts, status };
}

/** Whether a name is worth looking at, before all names are known. */
function mayBe(full: string, lastToken: string): boolean {
  return full.split('.').includes(lastToken);
}

function byTime(a: Part, b: Part): number {
  return (
    compare(a.minTick, b.minTick) ||
    compare(a.maxTick, b.maxTick) ||
    a.file - b.file ||
    a.offset - b.offset ||
    a.index - b.index
  );
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
