import { type Clock, type NodeHealth, type Reader, resolveRange, SisockError } from '@sisock/core';
import {
  encodeCatalog,
  encodeChunk,
  encodeFollowAnswer,
  encodeHealth,
  encodeReduced,
  isDict,
  type Kwargs,
  type NodeProcedure,
  parseCatalogRequest,
  parseFollowRequest,
  parseGetData,
  parseGetFields,
  parseReadRequest,
  parseReduceRequest,
  type Procedure,
} from '@sisock/wamp';
import { readWithin } from './chunk-size.js';
import type { Gate } from './gate.js';
import type { NodeLimits } from './limits.js';
import type { LiveTopics } from './live/live-topics.js';
import { answerGetData, answerGetFields } from './original-answer.js';
import type { OriginalNames } from './original-rows.js';
import type { RequestMetrics } from './request-metrics.js';
import type { Tickets } from './tickets.js';

interface ProcedureOptions {
  readonly reader: Reader;
  readonly clock: Clock;
  readonly limits: NodeLimits;
  readonly gate: Gate;
  readonly counters: RequestMetrics;
  readonly maxPoints: number | undefined;
  readonly names: OriginalNames;
  /** Null where the reader can't be followed: then there is no `follow`. */
  readonly live: LiveTopics | null;
  /** Null where calls of one ticket may come to different replicas. */
  readonly tickets: Tickets | null;
}

/** Procedures that take a ticket. */
const withTicket: ReadonlySet<NodeProcedure> = new Set<NodeProcedure>(['catalog', 'read', 'reduce']);

type Answer = (args: readonly unknown[], kwargs: Kwargs, signal: AbortSignal) => Promise<unknown>;

/** The procedures of a data node, all answered by one Reader: the original's and ours. */
export function createProcedures(options: ProcedureOptions): ReadonlyMap<NodeProcedure, Procedure> {
  const { reader, clock, limits, gate, counters, maxPoints, names, live, tickets } = options;
  const queryLimits = { maxFields: limits.fields, maxCells: limits.buckets };

  const answers: Record<NodeProcedure, Answer> = {
    async get_fields(args, kwargs, signal) {
      const { start, end } = parseGetFields(args, kwargs);
      return answerGetFields(reader, resolveRange(start, end, clock()), { names, signal });
    },

    async get_data(args, kwargs, signal) {
      const { fields, start, end, minStride } = parseGetData(args, kwargs, limits.fields);
      const request = { fields, range: resolveRange(start, end, clock()), minStride };
      const { answer, points } = await answerGetData(reader, request, { limits, names, maxPoints, signal });
      counters.points(points);
      return answer;
    },

    async catalog(args, kwargs, signal) {
      noKeywords(kwargs);
      return encodeCatalog(await reader.catalog(parseCatalogRequest(args), signal));
    },

    async read(args, kwargs, signal) {
      noKeywords(kwargs);
      const { query, encoding } = parseReadRequest(args, queryLimits);
      const chunk = await readWithin(reader, query, limits.chunkBytes, signal);
      counters.points(chunk.batches.reduce((sum, { t, columns }) => sum + t.length * columns.size, 0));
      return encodeChunk(chunk, encoding);
    },

    async reduce(args, kwargs, signal) {
      noKeywords(kwargs);
      const { query, encoding } = parseReduceRequest(args, queryLimits);
      return encodeReduced(await reader.reduce(query, signal), encoding);
    },

    async health(args, kwargs, signal) {
      noKeywords(kwargs);
      if (args.length > 0) throw new SisockError('bad_request', `health takes no arguments, not ${args.length}`);
      const own: NodeHealth = (await reader.health?.(signal)) ?? { ok: true, newest: null, counters: {}, agents: [] };
      const { working, waiting } = gate;
      const held = tickets && { tickets: tickets.held };
      const ours = { ...counters.counters(), ...live?.counters(), ...held, working, waiting };
      return encodeHealth({ ...own, counters: { ...ours, ...own.counters } });
    },

    async follow(args, kwargs, signal) {
      noKeywords(kwargs);
      const request = parseFollowRequest(args, limits.fields);
      const answer = await live!.follow(request, signal);
      if (typeof answer === 'boolean' || 'release' in request) return { released: answer };
      return encodeFollowAnswer(answer, request.encoding);
    },
  };

  const procedures = new Map<NodeProcedure, Procedure>();
  for (const [name, answer] of Object.entries(answers) as [NodeProcedure, Answer][]) {
    if (name === 'follow' && live === null) continue;
    const once = (args: readonly unknown[], kwargs: Kwargs, gone?: AbortSignal) =>
      counters.observe(name, () =>
        gate.run((late) => answer(args, kwargs, gone ? AbortSignal.any([late, gone]) : late)),
      );
    procedures.set(name, (args, kwargs) => {
      const [request, ...others] = args;
      if (tickets === null || !withTicket.has(name) || !isDict(request) || request['ticket'] === undefined) {
        return once(args, kwargs);
      }
      const { ticket, ...question } = request;
      const about = JSON.stringify([name, question, others, kwargs], (_, value: unknown) =>
        typeof value === 'bigint' ? `${value}n` : value,
      );
      return tickets.ask(ticket, about, (gone) => once([question, ...others], kwargs, gone));
    });
  }
  return procedures;
}

function noKeywords(kwargs: Kwargs): void {
  const [name] = Object.keys(kwargs);
  if (name === undefined) return;
  throw new SisockError('bad_request', `argument ${JSON.stringify(name.slice(0, 60))} is unknown: give one dictionary`);
}
