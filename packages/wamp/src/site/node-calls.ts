import { randomUUID } from 'node:crypto';
import { cancelError, type Clock, SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import type { WampSession } from '../session-types.js';
import { nodeUri, type NodeProcedure } from '../uri.js';
import { type Dict, isDict } from '../wire/check.js';
import type { Encoding } from '../wire/column.js';
import type { FollowLimits } from './live-queue.js';

/** What readers of a site share. Times are milliseconds. */
export interface NodeCallOptions {
  readonly session: WampSession;
  readonly log: Logger;
  readonly clock: Clock;
  /** Longest wait for one answer of a node. */
  readonly callTimeoutMs: number;
  /** How often a followed timeline is asked for more. */
  readonly followPollMs: number;
  /** How far a follower may lag behind a live topic before it goes back to asking. */
  readonly followLimits?: Partial<FollowLimits>;
  /** How long a node's fields are believed where it tells no changes. */
  readonly fieldsFreshMs: number;
  /** Told of what a node answered wrongly. */
  readonly onProblem: (node: string, problem: string) => void;
}

/** Calls one node, with the deadline of the site. */
export class NodeCalls {
  readonly node: string;
  readonly options: NodeCallOptions;

  constructor(node: string, options: NodeCallOptions) {
    this.node = node;
    this.options = options;
  }

  /** How we want columns: JSON sessions can't carry bytes. */
  get encoding(): Encoding {
    return this.options.session.details?.serializer === 'json' ? 'json' : 'binary';
  }

  /** @throws SisockError; `bad_data` where the node itself failed; `cancelled` or `timeout` by the signal's reason where it fires first */
  async call(procedure: NodeProcedure, args: readonly unknown[], signal?: AbortSignal): Promise<unknown> {
    const { session, callTimeoutMs: timeoutMs } = this.options;
    try {
      const limits = signal === undefined ? { timeoutMs } : { timeoutMs, signal };
      return await session.call(nodeUri(this.node, procedure), args, {}, limits);
    } catch (error) {
      if (signal?.aborted) throw cancelError(signal);
      const { code, message } = error as SisockError;
      // What failed inside the node is its fault, not ours.
      if (code === 'internal') throw new SisockError('bad_data', `data node ${this.node} failed: ${message}`);
      throw error;
    }
  }

  /**
   * Calls with a ticket, again and again until there is an answer: who stops asking stops the node's work.
   * @throws SisockError as {@link call}, whose time is that of all calls together
   */
  async callWithTicket(procedure: NodeProcedure, request: Dict, signal?: AbortSignal): Promise<unknown> {
    const { callTimeoutMs } = this.options;
    const since = performance.now();
    const asked = { ...request, ticket: randomUUID() };
    for (;;) {
      const answer = await this.call(procedure, [asked], signal);
      if (!isDict(answer) || answer['pending'] !== true) return answer;
      if (performance.now() - since > callTimeoutMs) {
        throw new SisockError('timeout', `data node ${this.node} gave no answer within ${callTimeoutMs} ms`);
      }
    }
  }

  /** Runs a decoder; what it finds wrong is told. */
  decode<T>(decoder: () => T): T {
    try {
      return decoder();
    } catch (error) {
      this.options.onProblem(this.node, (error as Error).message);
      throw error;
    }
  }
}
