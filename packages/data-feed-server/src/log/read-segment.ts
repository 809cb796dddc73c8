import { type Gathered, RowGatherer } from './gather-rows.js';
import { currentFormat, type Layout, readRecords } from './records.js';
import { scanFrames } from './segment-frames.js';

/** Bytes of a file that are lost. */
export interface Damage {
  readonly offset: number;
  readonly bytes: number;
  readonly why: string;
}

/**
 * Reads a file of the log in steps, so that whoever drives it can let others have their turn. Gives each damage where it
 * is met. A file of a newer format gives its header and nothing more.
 */
export function* readSegment(bytes: Uint8Array, into: Gathered): Generator<Damage | null, void, undefined> {
  let isForeign = false;
  const gatherer = new RowGatherer({
    header: (header) => {
      if (header.format > currentFormat) isForeign = true;
      into.header?.(header);
    },
    rows: (layout, rows) => into.rows(layout, rows),
  });
  const layouts = new Map<number, Layout>();
  for (const found of scanFrames(bytes)) {
    if ('lost' in found) {
      yield { offset: found.offset, bytes: found.lost, why: found.why };
      continue;
    }
    try {
      readRecords(found.payload, layouts, gatherer);
    } catch (thrown) {
      // Right by its checksum and still wrong: written wrong. The rows before are kept.
      yield { offset: found.offset, bytes: found.payload.length, why: (thrown as Error).message };
    }
    if (isForeign) return;
    yield null;
  }
  gatherer.end();
}
