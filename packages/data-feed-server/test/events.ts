import { readFileSync } from 'node:fs';
import type { Batch } from '@sisock/core';
import { silentLogger } from '@sisock/runtime';
import { type FakeClock, fakeClock } from '@sisock/testkit';
import { FeedReader, type FeedReaderOptions } from '../src/index.js';

interface EventOptions {
  readonly agent?: string;
  readonly feed?: string;
  readonly record?: boolean;
}

/** Arguments of an EVENT with that message. */
export function eventOf(
  message: unknown,
  { agent = 'observatory.agent1', feed = 'temps', record = true }: EventOptions = {},
): unknown[] {
  const info = {
    agent_address: agent,
    agg_params: {},
    feed_name: feed,
    address: `${agent}.feeds.${feed}`,
    record,
    session_id: '1.5',
    agent_class: 'TestAgent',
  };
  return [[message, info]];
}

/** A message of one block. */
export function blockOf(timestamps: readonly unknown[], data: Readonly<Record<string, unknown>>, name = 'block') {
  return { [name]: { block_name: name, data, timestamps, influxdb_tags: null } };
}

/** A batch as lists that a serializer would make. */
export function messageOf(batch: Batch, name: string) {
  const lists = [...batch.columns].map(([field, { kind, v }]) => [
    field,
    kind === 'bool' ? Array.from(v, (x) => x === 1) : Array.from(v as ArrayLike<unknown>),
  ]);
  return blockOf(Array.from(batch.t), Object.fromEntries(lists), name);
}

/** Captured from real agents; a NaN stands there as the text "NaN". */
export function capturedEvents(): { readonly t: number; readonly topic: string; readonly args: unknown[] }[] {
  const text = readFileSync(new URL('fixtures/events.jsonl', import.meta.url), 'utf8');
  const revive = (_key: string, value: unknown) => (value === 'NaN' ? NaN : value);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line, revive) as { t: number; topic: string; args: unknown[] });
}

export interface Made {
  readonly reader: FeedReader;
  readonly clock: FakeClock;
}

export function makeReader(options: Partial<FeedReaderOptions> = {}, start = 1000): Made {
  const clock = fakeClock(start);
  return { clock, reader: new FeedReader({ naming: 'full', clock, log: silentLogger(), ...options }) };
}
