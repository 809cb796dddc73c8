import type { Value } from '../base/values.js';
import { ask, AskError, portions } from './ask.js';
import { type Samples, samplesFrom } from './samples.js';

/** Fields of one node in a piece of time, in so many buckets. */
export interface SeriesRequest {
  readonly ids: readonly string[];
  readonly from: number;
  readonly to: number;
  readonly buckets: number;
}

/** One field as it was answered. */
export interface Series {
  readonly id: string;
  readonly isNumber: boolean;
  readonly interval: number | null;
  readonly samples: Samples;
  /** False where all samples came. */
  readonly isReduced: boolean;
  /** Data before it will not change; -Infinity where nothing is promised. */
  readonly finalUntil: number;
}

/** Why a field did not come. */
export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface SeriesAnswer {
  readonly series: readonly Series[];
  readonly problems: ReadonlyMap<string, Problem>;
}

interface SeriesJson {
  readonly series: readonly {
    readonly field: string;
    readonly type: string;
    readonly interval: number | null;
    readonly reduced: boolean;
    readonly finalizedUntil: number | null;
    readonly final: boolean;
    readonly time: number[];
    readonly value: Value[];
  }[];
  readonly notices: readonly { readonly field?: string; readonly code: string; readonly message: string }[];
}

/** Samples for drawing: real ones, M4-reduced to the buckets, a null in each gap, and the neighbours of the piece. */
export async function askSeries(request: SeriesRequest, signal: AbortSignal): Promise<SeriesAnswer> {
  const answers = await Promise.all(portions(request.ids).map((parameters) => askPortion(parameters, request, signal)));
  return {
    series: answers.flatMap((answer) => answer.series),
    problems: new Map(answers.flatMap((answer) => [...answer.problems])),
  };
}

async function askPortion(
  parameters: URLSearchParams,
  { from, to, buckets }: SeriesRequest,
  signal: AbortSignal,
): Promise<SeriesAnswer> {
  const ids = parameters.getAll('field');
  const more = { from: String(from), to: String(to), maxDataPoints: String(buckets), gaps: 'true', edges: 'true' };
  for (const [name, value] of Object.entries(more)) parameters.set(name, value);
  let json: SeriesJson;
  try {
    json = await ask<SeriesJson>('series', parameters, signal);
  } catch (error) {
    // Where none of the fields can be had, the answer is the first one's error.
    if (!(error instanceof AskError) || !isOfFields(error.code)) throw error;
    return { series: [], problems: new Map(ids.map((id) => [id, { code: error.code, message: error.message }])) };
  }
  const series = json.series.map((one): Series => ({
    id: one.field,
    isNumber: one.type === 'number',
    interval: one.interval,
    samples: samplesFrom(one.time, one.value, one.type === 'number'),
    isReduced: one.reduced,
    finalUntil: one.final ? Infinity : (one.finalizedUntil ?? -Infinity),
  }));
  const problems = json.notices.flatMap(({ field, code, message }): [string, Problem][] =>
    field === undefined ? [] : [[field, { code, message }]],
  );
  return { series, problems: new Map(problems) };
}

function isOfFields(code: string): boolean {
  return !['unreachable', 'cancelled', 'not_authorized', 'too_many'].includes(code);
}
