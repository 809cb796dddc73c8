import type { Column } from '@sisock/core';
import { type HkFrameToWrite, writeHk } from '@sisock/codecs/g3';

export interface HkFileOptions {
  /** UNIX seconds of the first sample. */
  readonly start?: number;
  readonly frames?: number;
  readonly samples?: number;
  readonly feed?: string;
  readonly providerId?: bigint;
  readonly sessionId?: bigint;
  readonly fields?: readonly string[];
  /** Without session and status: to append to a file that has them. */
  readonly tail?: boolean;
  /** Added to every value. */
  readonly offset?: number;
}

const defaults = {
  start: 1_700_000_000,
  frames: 3,
  samples: 10,
  feed: 'observatory.LSA22YE.feeds.temperatures',
  providerId: 1n,
  sessionId: 77n,
  fields: ['Channel_01', 'Channel_02'],
  tail: false,
  offset: 0,
};

/** Bytes of a housekeeping file as an aggregator writes it: 1 Hz, one block a frame. */
export function hkFile(options: HkFileOptions = {}): Uint8Array {
  const { start, frames, samples, feed, providerId, sessionId, fields, tail, offset } = { ...defaults, ...options };
  const parts: HkFrameToWrite[] = [];
  if (!tail) {
    parts.push({ kind: 'session', sessionId, startTime: start, description: 'test' });
    parts.push({ kind: 'status', sessionId, timestamp: start, providers: [{ id: providerId, description: feed }] });
  }
  for (let i = 0; i < frames; i++) {
    const first = start + i * samples;
    const ticks = BigInt64Array.from({ length: samples }, (_, n) => BigInt(first + n) * 100_000_000n);
    const columns = new Map<string, Column>(
      fields.map((name) => [name, { kind: 'f64', v: Float64Array.from(ticks, (_, n) => n + offset) }]),
    );
    parts.push({
      kind: 'data',
      sessionId,
      providerId,
      timestamp: first,
      blocks: [{ name: 'temps', ticks, columns }],
    });
  }
  return concat(parts.map((part) => writeHk(part)));
}

export function concat(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}
