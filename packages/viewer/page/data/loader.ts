import { splitId } from '../base/names.js';
import type { Span } from '../state/range.js';
import type { FieldCache } from './field-cache.js';
import { justAfter } from './tail.js';
import { uncovered } from './pieces.js';
import type { RequestQueue } from './request-queue.js';
import { lowerBound, type Samples } from './samples.js';
import type { Problem, SeriesAnswer, SeriesRequest } from './series.js';

/** A field that is to be drawn: which time of it, and how many seconds a pixel is. */
export interface Wanted {
  readonly id: string;
  readonly span: Span;
  readonly width: number;
}

export interface Loader {
  /** Asks for what is wanted and not there, and gives up what nobody wants any more. */
  want(list: readonly Wanted[]): void;
  /** Why a field can't be had at present. */
  problem(id: string): Problem | null;
  /** True while something of the field is under way. */
  isLoading(id: string): boolean;
  /** Asks again at once for what failed. */
  retry(): void;
}

interface LoaderOptions {
  readonly cache: FieldCache;
  readonly ask: (request: SeriesRequest, signal: AbortSignal) => Promise<SeriesAnswer>;
  readonly queue: RequestQueue;
  readonly nowMs: () => number;
  /** The server's present, UNIX seconds. */
  readonly now: () => number;
  /** Told whenever something came or failed. */
  readonly onChange: () => void;
}

interface Running extends Span {
  readonly ids: readonly string[];
  readonly width: number;
  readonly controller: AbortController;
}

interface Failure extends Problem {
  readonly retryAt: number;
  readonly pauseMs: number;
}

const firstRetryMs = 1000;
const longestRetryMs = 15_000;
/** The newest end of what is not followed live is asked for this often. */
const pollMs = 3000;
/** Samples come up to so many seconds after they were made: what is younger than that is not complete. */
const settleSeconds = 120;
/** The times that the server takes for UNIX seconds. */
const knownTimes: Span = { from: 1, to: 99_999_999_999 };

export function createLoader({ cache, ask, queue, nowMs, now, onChange }: LoaderOptions): Loader {
  let wanted: readonly Wanted[] = [];
  const running = new Set<Running>();
  const failures = new Map<string, Failure>();
  /** When the newest end of a field was asked for, by level and id. */
  const polled = new Map<string, number>();

  function want(list: readonly Wanted[]): void {
    wanted = list;
    for (const [key, at] of polled) if (nowMs() - at >= pollMs) polled.delete(key);
    for (const request of running) if (!list.some((one) => isFor(request, one))) giveUp(request);
    for (const request of requestsFor(list.filter((one) => mayAsk(one.id)).map(lacking))) start(request);
  }

  function mayAsk(id: string): boolean {
    return (failures.get(id)?.retryAt ?? 0) <= nowMs();
  }

  function lacking({ id, span, width }: Wanted): Wanted & { readonly parts: readonly Span[] } {
    const from = Math.max(knownTimes.from, span.from);
    const to = Math.min(knownTimes.to, span.to);
    const under = [...running].filter((one) => one.ids.includes(id) && one.width === width);
    const missing = cache.get(id)?.missing({ from, to }, width, nowMs()) ?? uncovered({ from, to }, []);
    const askedAt = polled.get(`${width} ${id}`) ?? -Infinity;
    const isPolled = cache.get(id)?.isLive !== true && nowMs() - askedAt < pollMs;
    const settled = now() - settleSeconds;
    const parts = missing.filter((part) => !(isPolled && part.from >= settled));
    return { id, span, width, parts: parts.flatMap((part) => uncovered(part, under)) };
  }

  function giveUp(request: Running): void {
    running.delete(request);
    request.controller.abort();
  }

  function start(request: Omit<Running, 'controller'>): void {
    const controller = new AbortController();
    const mine: Running = { ...request, controller };
    running.add(mine);
    const { ids, from, to, width } = request;
    const buckets = Math.max(1, Math.round((to - from) / width));
    if (to > now() - settleSeconds) for (const id of ids) polled.set(`${width} ${id}`, nowMs());
    const asked = { askedAt: nowMs(), askedNow: now() };
    queue
      .add(() => ask({ ids, from, to, buckets }, controller.signal), controller.signal)
      .then(
        (answer) => take(mine, answer, asked),
        (error: unknown) => {
          if (!controller.signal.aborted) for (const id of ids) fail(id, problemOf(error));
        },
      )
      .finally(() => {
        if (!running.delete(mine)) return;
        onChange();
        want(wanted);
      });
  }

  function take(
    { ids, from, to, width, controller }: Running,
    answer: SeriesAnswer,
    { askedAt, askedNow }: { readonly askedAt: number; readonly askedNow: number },
  ): void {
    if (controller.signal.aborted) return;
    const came = new Map(answer.series.map((one) => [one.id, one]));
    for (const id of ids) {
      const one = came.get(id);
      if (!one) {
        fail(id, answer.problems.get(id) ?? { code: 'bad_data', message: 'the server answered without this field' });
        continue;
      }
      failures.delete(id);
      const end = settledEnd(one.samples, from, to, askedNow);
      const piece = { from, to: end, samples: one.samples, askedAt, finalUntil: one.finalUntil };
      cache.open(id, one.isNumber, one.interval).put({ ...piece, width: one.isReduced ? width : 0 }, to);
    }
  }

  function fail(id: string, { code, message }: Problem): void {
    const pauseMs = Math.min(longestRetryMs, (failures.get(id)?.pauseMs ?? firstRetryMs / 2) * 2);
    failures.set(id, { code, message, pauseMs, retryAt: nowMs() + pauseMs });
  }

  return {
    want,
    problem: (id) => failures.get(id) ?? null,
    isLoading: (id) => [...running].some((one) => one.ids.includes(id)),
    retry() {
      for (const [id, failure] of failures) failures.set(id, { ...failure, retryAt: 0 });
      want(wanted);
    },
  };
}

/** True where what is asked for is part of what is wanted, at that level. */
function isFor(request: Running, { id, span, width }: Wanted): boolean {
  return request.width === width && request.ids.includes(id) && request.from < span.to && request.to > span.from;
}

/**
 * One request for all fields of a node that lack the same piece. Its edges lie on the buckets of the span, so that pieces
 * of one level fit together.
 */
function requestsFor(
  lacking: readonly (Wanted & { readonly parts: readonly Span[] })[],
): readonly Omit<Running, 'controller'>[] {
  const groups = new Map<string, { ids: string[]; from: number; to: number; width: number }>();
  for (const { id, span, width, parts } of lacking) {
    const first = parts[0];
    const last = parts.at(-1);
    if (!first || !last) continue;
    const from = Math.max(knownTimes.from, span.from + Math.floor((first.from - span.from) / width + 1e-6) * width);
    const to = Math.min(knownTimes.to, span.from + Math.ceil((last.to - span.from) / width - 1e-6) * width);
    if (!(to > from)) continue;
    const key = JSON.stringify([splitId(id).node, from, to, width]);
    const group = groups.get(key);
    if (!group) groups.set(key, { ids: [id], from, to, width });
    else if (!group.ids.includes(id)) group.ids.push(id);
  }
  return [...groups.values()];
}

/** Until where a piece is known: its newest sample, where what comes behind it may still be on its way. */
function settledEnd({ t }: Samples, from: number, to: number, now: number): number {
  const settled = now - settleSeconds;
  if (to <= settled) return to;
  const newest = t[lowerBound(t, to) - 1] ?? -Infinity;
  return Math.min(to, Math.max(from, settled, justAfter(newest)));
}

function problemOf(error: unknown): Problem {
  const { code, message } = error as Partial<Problem>;
  return { code: typeof code === 'string' ? code : 'internal', message: message ?? String(error) };
}
