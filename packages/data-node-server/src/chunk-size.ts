import type { Chunk, Reader, ReadQuery } from '@sisock/core';

/** A chunk of about the allowed bytes at most: fewer rows where there are many fields or long texts. */
export async function readWithin(
  reader: Pick<Reader, 'read'>,
  query: ReadQuery,
  bytes: number,
  signal?: AbortSignal,
): Promise<Chunk> {
  let maxSamples = Math.min(query.maxSamples, Math.max(1, Math.floor(bytes / (8 * (1 + query.fields.length)))));
  for (;;) {
    const chunk = await reader.read({ ...query, maxSamples }, signal);
    const size = textSize(chunk);
    if (size <= bytes || maxSamples === 1) return chunk;
    maxSamples = Math.max(1, Math.floor((maxSamples * bytes) / (2 * size)));
  }
}

/** About how many bytes a chunk takes. */
export function chunkSize(chunk: Chunk): number {
  let size = textSize(chunk);
  for (const { t, columns } of chunk.batches) size += 8 * t.length * (1 + columns.size);
  return size;
}

function textSize(chunk: Chunk): number {
  let size = 0;
  for (const { columns } of chunk.batches) {
    for (const column of columns.values()) if (column.kind === 'str') for (const text of column.v) size += text.length;
  }
  return size;
}
