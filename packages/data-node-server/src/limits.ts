import type { TicketLimits } from './tickets.js';

/** What one served node grants its callers. Every limit has a default. */
export interface NodeLimits extends TicketLimits {
  /** Requests worked on at the same time. */
  readonly concurrent: number;
  /** Requests that wait for a place beyond that; one more is told `unavailable`. */
  readonly waiting: number;
  /** Longest time for one request, in ms, waiting included. */
  readonly requestMs: number;
  /** Most fields in one request. */
  readonly fields: number;
  /** The pipeline allowance: most values in one answer of the original's `get_data`; above it the answer is `false`. */
  readonly allowance: number;
  /** Bytes of one chunk of `read`, roughly. */
  readonly chunkBytes: number;
  /** Most buckets times fields in one `reduce`. */
  readonly buckets: number;
  /** Leases on live topics that are held at the same time. */
  readonly leases: number;
  /** Timelines that are published at the same time. */
  readonly topics: number;
  /** Longest lease, in seconds. */
  readonly leaseSec: number;
  /** Milliseconds for which live samples are gathered before they are published together. */
  readonly liveBatchMs: number;
  /** Bytes of live samples that wait to be published, or acknowledged by the router; above it no more are taken. */
  readonly liveBytes: number;
}

export const defaultLimits: NodeLimits = {
  concurrent: 8,
  waiting: 64,
  requestMs: 30_000,
  fields: 2_000,
  allowance: 1_000_000,
  chunkBytes: 1_000_000,
  buckets: 200_000,
  leases: 10_000,
  topics: 1_000,
  leaseSec: 60,
  liveBatchMs: 200,
  liveBytes: 16_000_000,
  tickets: 256,
  ticketAnswerMs: 100,
  ticketWaitMs: 250,
  ticketDropMs: 1_000,
};
