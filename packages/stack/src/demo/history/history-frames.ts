import { type HkFrameToWrite, writeHk } from '@sisock/codecs/g3';
import type { Column } from '@sisock/core';
import { type BlockToWrite, ticksOf } from '../aggregator/block-buffer.js';
import { feedAddress, sampleTimes } from '../ocs-messages.js';
import type { DemoAgent, DemoFeed, DemoValue } from '../simulated-agents.js';

/** A stretch of the demonstration's past: `after < t <= until`, UNIX seconds. */
export interface Stretch {
  readonly after: number;
  readonly until: number;
}

export interface HistorySource {
  readonly addressRoot: string;
  readonly agents: readonly DemoAgent[];
  readonly samplesPerSecond: number;
  /** Seconds of a data frame. */
  readonly frameSec: number;
}

/**
 * The g3 file of a stretch, as an aggregator would have written it: session, status, data frames of every feed. The same
 * bytes every time.
 */
export function historyFile({ addressRoot, agents, samplesPerSecond, frameSec }: HistorySource, stretch: Stretch) {
  const { after, until } = stretch;
  const startTime = Math.ceil(after);
  const sessionId = BigInt(startTime) << 28n;
  const feeds = agents.flatMap((agent) =>
    agent.feeds.map((feed) => ({ feed, address: feedAddress(addressRoot, agent, feed.name) })),
  );
  const frames: HkFrameToWrite[] = [
    { kind: 'session', sessionId, startTime, description: 'HK data' },
    {
      kind: 'status',
      sessionId,
      timestamp: startTime,
      providers: feeds.map(({ address }, i) => ({ id: BigInt(i), description: address })),
    },
  ];
  for (let from = after; from < until; from += frameSec) {
    const to = Math.min(until, from + frameSec);
    const times = Float64Array.from(sampleTimes(samplesPerSecond, from, to));
    if (times.length === 0) continue;
    for (const [i, { feed, address }] of feeds.entries()) {
      const blocks = [blockOf(feed, times)];
      frames.push({ kind: 'data', sessionId, providerId: BigInt(i), timestamp: to, address, blocks });
    }
  }
  return Buffer.concat(frames.map(writeHk));
}

function blockOf(feed: DemoFeed, times: Float64Array): BlockToWrite {
  const values = new Map<string, DemoValue[]>();
  for (const t of times) {
    for (const [field, value] of Object.entries(feed.at(t))) {
      const list = values.get(field);
      if (list) list.push(value);
      else values.set(field, [value]);
    }
  }
  const columns = new Map<string, Column>();
  for (const [field, list] of values) columns.set(field, columnOf(list));
  return { name: feed.block, ticks: ticksOf([times], times.length), columns };
}

function columnOf(values: readonly DemoValue[]): Column {
  const [first] = values;
  if (typeof first === 'string') return { kind: 'str', v: values.map(String) };
  if (typeof first === 'boolean') return { kind: 'bool', v: Uint8Array.from(values, Number) };
  return { kind: 'f64', v: Float64Array.from(values, Number) };
}
