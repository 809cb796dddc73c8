import { ByteWriter } from '@sisock/codecs/packed';
import { type Damage, readSegment } from './read-segment.js';
import { currentFormat, type Layout, type Rows, writeHeader, writeLayout, writePackedRows } from './records.js';
import { beginFrame, endFrame, magic } from './segment-frames.js';

/**
 * Writes what can be read of a file anew, compactly, in steps. What is damaged is left out: it has been told when the file
 * was read.
 * @returns the bytes of the new file; null when nothing can be read of it, or it is of a newer format.
 */
export function* compactSegment(bytes: Uint8Array): Generator<void, Uint8Array | null, undefined> {
  const out = new ByteWriter(Math.max(4096, bytes.length >> 2));
  out.raw(magic);
  const framed = (write: () => void) => {
    const at = beginFrame(out);
    write();
    endFrame(out, at);
  };
  framed(() => writeHeader(out, { format: currentFormat, packed: true }));
  const waiting: [Layout, Rows][] = [];
  let format = currentFormat;
  let blocks = 0;
  const written = new Map<Layout, Layout>();
  const put = ([layout, rows]: [Layout, Rows]) => {
    blocks++;
    framed(() => {
      let own = written.get(layout);
      if (!own) {
        own = { ...layout, id: written.size };
        written.set(layout, own);
        writeLayout(out, own);
      }
      writePackedRows(out, own, rows);
    });
  };
  const steps: Generator<Damage | null> = readSegment(bytes, {
    header: (header) => (format = Math.max(format, header.format)),
    rows: (layout, rows) => waiting.push([layout, rows]),
  });
  for (;;) {
    const { done } = steps.next();
    for (const next of waiting.splice(0)) {
      put(next);
      yield;
    }
    if (done) break;
    yield;
  }
  return blocks > 0 && format === currentFormat ? out.bytes : null;
}
