import type { Chunk, FollowQuery, Gap } from '@sisock/core';
import { pause } from '../session/backoff.js';
import { decodeLiveEvent, type FollowAnswer, type LiveEvent } from '../wire/live.js';
import type { LiveLease } from './live-lease.js';
import type { LiveLeases } from './live-leases.js';
import { defaultFollowLimits, LiveQueue } from './live-queue.js';
import type { NodeCalls } from './node-calls.js';
import type { ReadOn } from './follow.js';

/** After a refusal (too many leases, say) the poll goes on for so long before a lease is asked for again. */
const refusedMs = 10_000;

/**
 * Follows by the live topic of the timeline: what is there already comes in answers, what arrives in events, and each event
 * is checked to go on where the last one ended. Whatever breaks that (a lost event, a slow consumer, another router or
 * node) leads back to asking from the last cursor; where the node gives no topic, to reading at an interval.
 */
export async function* followLive(
  leases: LiveLeases,
  readOn: ReadOn,
  calls: NodeCalls,
  { timeline, fields, after }: FollowQuery,
  signal: AbortSignal,
): AsyncGenerator<Chunk | Gap, void, undefined> {
  const { followPollMs: pollMs, followLimits } = calls.options;
  const queue = new LiveQueue({ ...defaultFollowLimits, ...followLimits });
  const lease = leases.join(timeline, queue);
  const wanted = new Set(fields);
  let cursor = after;
  let liveFrom = -Infinity;
  try {
    while (!signal.aborted) {
      const answer =
        performance.now() < liveFrom
          ? null
          : await align(lease, queue, fields, cursor, signal).catch((error: unknown) => {
              const { code } = error as { code?: unknown };
              if (code !== 'unavailable' && code !== 'timeout') liveFrom = performance.now() + refusedMs;
              return null;
            });
      if (answer === null) {
        const { chunk, done } = await readOn.next(cursor, signal);
        if (chunk !== null) ({ cursor } = chunk);
        if (chunk !== null && chunk.batches.length > 0) yield chunk;
        if (done) await pause(pollMs, signal);
        continue;
      }
      yield* answer.items;
      ({ cursor } = answer);
      let moved = answer.items.length > 0;
      for (let seq = answer.next; seq !== null;) {
        const next = await queue.next(signal);
        if (next === null) break;
        const event = decoded(calls, next.event, wanted);
        if (event !== null && event.seq < seq) continue;
        const from = event === null ? -1 : continuation(event, seq, cursor);
        if (event === null || event.lost === true || from < 0) break;
        for (const item of event.items.slice(from)) {
          if (!('gap' in item)) ({ cursor } = item);
          if ('gap' in item || item.batches.length > 0) yield item;
        }
        moved = true;
        seq++;
      }
      // Not in a hurry where nothing comes of it.
      if (!moved) await pause(pollMs, signal);
    }
  } finally {
    leases.leave(timeline, lease, queue);
  }
}

async function align(
  lease: LiveLease,
  queue: LiveQueue,
  fields: readonly string[],
  cursor: string,
  signal: AbortSignal,
): Promise<FollowAnswer> {
  queue.clear();
  return lease.align(fields, cursor, signal);
}

function decoded(calls: NodeCalls, wire: unknown, wanted: ReadonlySet<string>): LiveEvent | null {
  try {
    return calls.decode(() => decodeLiveEvent(wire, wanted));
  } catch {
    return null;
  }
}

/** Which item of the event goes on from the cursor; -1 when there is none, or it is not the event that should come. */
function continuation(event: LiveEvent, seq: number, cursor: string): number {
  if (event.lost === true || event.seq !== seq) return -1;
  const at = event.items.findLastIndex((item) => !('gap' in item) && item.cursor === cursor);
  if (at >= 0) return at + 1;
  return event.before === cursor ? 0 : -1;
}
