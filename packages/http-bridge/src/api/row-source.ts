import { type Batch, type Column, type SisockError, toSisockError } from '@sisock/core';
import type { JsonWriter } from '../encode/json-writer.js';

/** Rows that come batch by batch: those of one timeline, or of one reduced field. */
export interface RowSource {
  readonly node: string;
  readonly timeline: string;
  /** Names as the client sees them, and the columns they stand for. */
  readonly columns: readonly { readonly name: string; readonly column: string }[];
  /** Rows that are there now; null before the first and after the last of them. */
  batch: Batch | null;
  /** What ended the rows before their end. */
  error: SisockError | null;
  /** Takes the next batch. What goes wrong is kept in `error`, and is the end. */
  advance(): Promise<void>;
}

interface SourceOptions {
  readonly node: string;
  readonly timeline: string;
  readonly columns: RowSource['columns'];
  readonly batches: AsyncIterable<Batch> | Iterable<Batch>;
}

/** A source that asks for the next rows while those that are there are written: one batch ahead, no more. */
export function rowSource({ node, timeline, columns, batches }: SourceOptions): RowSource {
  const rest = Symbol.asyncIterator in batches ? batches[Symbol.asyncIterator]() : batches[Symbol.iterator]();
  let ahead: Promise<IteratorResult<Batch>> | null = null;
  const ask = async () => rest.next();
  const source: RowSource = {
    node,
    timeline,
    columns,
    batch: null,
    error: null,
    advance: async () => {
      source.batch = null;
      try {
        const next = await (ahead ?? ask());
        ahead = null;
        if (next.done === true) return;
        source.batch = next.value;
        ahead = ask();
        // Told when it is its turn; nobody may come for it.
        ahead.catch(() => undefined);
      } catch (thrown) {
        source.error = toSisockError(thrown);
      }
    },
  };
  return source;
}

/** The columns of the batch that is there, in the order of the names; undefined where a field has none. */
export function columnsOf({ batch, columns }: RowSource): (Column | undefined)[] {
  return columns.map(({ column }) => batch?.columns.get(column));
}

/** Bytes gathered before they are handed to the socket. */
export const pieceBytes = 65_536;

/** True when it is time to hand on what was written. */
export function isFull(out: JsonWriter): boolean {
  return out.length >= pieceBytes;
}
