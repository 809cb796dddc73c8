import { SisockError } from '@sisock/core';

/** Every limit of the bridge. None is exceeded silently: an answer says what was cut, a refusal names the limit. */
export interface BridgeLimits {
  /** Longest body of a request, after decompression. */
  readonly bodyBytes: number;
  /** Targets in one `/query`. */
  readonly targets: number;
  /** Fields in one request, after `(a|b)` lists are expanded. */
  readonly fields: number;
  /** Used where a request says no `maxDataPoints`. */
  readonly defaultPoints: number;
  /** Largest `maxDataPoints` that is honoured; a request for more gets this many. */
  readonly points: number;
  /** Points in one answer, all fields together; above it every field gets a coarser reduction. */
  readonly answerPoints: number;
  /** Rows of one raw answer of the GET API. */
  readonly rawRows: number;
  /** Rows asked of nodes at a time while streaming raw data, shared by the timelines of an answer. */
  readonly chunkRows: number;
  /** Requests for data that are worked on at once; one more gets 503. */
  readonly concurrentRequests: number;
  /** Requests that one client may send in a minute; clients on this machine as many as they like. */
  readonly requestsPerMinute: number;
  /** Answers from this many bytes on are compressed, for clients that ask for it. */
  readonly compressBytes: number;
  /** How hard compression tries, 1 to 9. */
  readonly compressLevel: number;
  /** Longest wait for a node's word on whether its data changed; later than that they may have. */
  readonly revisionDeadlineMs: number;
  /** TCP connections, live clients included. */
  readonly connections: number;
  /** Longest wait for one node's data. */
  readonly nodeDeadlineMs: number;
  /** Longest wait for one node's list of fields. */
  readonly catalogDeadlineMs: number;
  /** How long a node's list of fields is taken for granted. */
  readonly catalogCacheMs: number;
  /** The same for a list that took long to get: twenty times as long, but no longer than this. */
  readonly catalogCacheMostMs: number;
  /** So old a list may be where a panel's fields are in it, while a new one is asked for. */
  readonly catalogStaleMs: number;
  /** Longest time a client may take to send its headers. */
  readonly headersTimeoutMs: number;
  /** Longest time a client may take to send its whole request. */
  readonly requestTimeoutMs: number;
  /** How long an idle connection is kept for the next request. */
  readonly keepAliveMs: number;
  /** Longest time a client may take nothing of an answer before it is cut off. */
  readonly writeDeadlineMs: number;
  /** Events (what came and went) that are remembered; the oldest go first. */
  readonly events: number;
  /** Events in one answer: the newest ones. */
  readonly eventsAnswered: number;
  /** Agents first seen so soon after the start were there before it. */
  readonly eventsSettleMs: number;
  /** Longest target or pattern of Graphite's, in characters. */
  readonly graphiteTarget: number;
  /** Functions inside each other in a Graphite target. */
  readonly graphiteDepth: number;
  /** WebSocket clients at once. */
  readonly liveClients: number;
  /** Origins of refused pages that are told as warnings; each once, any others only with LOGLEVEL=debug. */
  readonly liveOriginWarnings: number;
  /** Fields one live client may follow. */
  readonly liveFields: number;
  /** Longest message of a live client. */
  readonly liveMessageBytes: number;
  /** Messages of a live client that may wait to be worked on; one that sends more is closed with 1008. */
  readonly liveMessages: number;
  /** Bytes that may wait in a live client's socket before its data wait too. */
  readonly liveWaitingBytes: number;
  /** Rows in one message to a live client. */
  readonly liveRows: number;
  /** Longest time a live client may take nothing before it is closed with 1013. */
  readonly liveWriteDeadlineMs: number;
  /** A ping is sent this often; a client that missed one is cut off. */
  readonly livePingMs: number;
  /** How often a node that can't be followed is read on. */
  readonly livePollMs: number;
  /** How often fields that a live client asked for and that are not there are looked for again. */
  readonly liveRetryMs: number;
}

export const defaultLimits: BridgeLimits = {
  bodyBytes: 1_000_000,
  targets: 200,
  fields: 500,
  defaultPoints: 1000,
  points: 20_000,
  answerPoints: 2_000_000,
  rawRows: 20_000_000,
  chunkRows: 32_768,
  concurrentRequests: 64,
  requestsPerMinute: 12_000,
  compressBytes: 4096,
  compressLevel: 1,
  revisionDeadlineMs: 1000,
  connections: 1000,
  nodeDeadlineMs: 10_000,
  catalogDeadlineMs: 5000,
  catalogCacheMs: 1000,
  catalogCacheMostMs: 10_000,
  catalogStaleMs: 60_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 30_000,
  keepAliveMs: 5000,
  writeDeadlineMs: 20_000,
  events: 10_000,
  eventsAnswered: 2000,
  eventsSettleMs: 30_000,
  graphiteTarget: 10_000,
  graphiteDepth: 32,
  liveClients: 200,
  liveOriginWarnings: 16,
  liveFields: 500,
  liveMessageBytes: 100_000,
  liveMessages: 16,
  liveWaitingBytes: 1_000_000,
  liveRows: 5000,
  liveWriteDeadlineMs: 10_000,
  livePingMs: 20_000,
  livePollMs: 1000,
  liveRetryMs: 2000,
};

/**
 * The defaults with what is given in their place.
 * @throws SisockError `bad_setting` for a limit that is no whole number from 1 on.
 */
export function withDefaults(given: Partial<BridgeLimits> = {}): BridgeLimits {
  for (const [name, value] of Object.entries(given)) {
    if (!Number.isSafeInteger(value) || value < 1) {
      throw new SisockError('bad_setting', `limit ${name} ${String(value)} is no whole number from 1 on`);
    }
  }
  return { ...defaultLimits, ...given };
}
