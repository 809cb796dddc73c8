/** What an agent asks of the aggregator for one of its feeds. */
export interface AggregatorParams {
  /** The feed is left out of the files. */
  readonly excluded: boolean;
  /** Seconds of one data frame. */
  readonly frameSec: number;
  /** Seconds without a message after which the provider is given up. */
  readonly freshSec: number;
}

/** OCS's own defaults. */
export const usualParams: AggregatorParams = { excluded: false, frameSec: 300, freshSec: 180 };

/** Between these an agent may choose, so that a wrong number costs neither a frame a sample nor memory without end. */
const leastSec = 0.1;
const mostSec = 3600;

/** The `agg_params` of a feed's event `[[message, feed information]]`; what is absent or no number is as usual. */
export function aggregatorParams(args: readonly unknown[]): AggregatorParams {
  const pair = args[0];
  const info: unknown = Array.isArray(pair) ? pair[1] : undefined;
  const params = record(record(info)['agg_params']);
  return {
    excluded: params['exclude_aggregator'] === true,
    frameSec: seconds(params['frame_length'], usualParams.frameSec),
    freshSec: seconds(params['fresh_time'], usualParams.freshSec),
  };
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : {};
}

function seconds(value: unknown, usual: number): number {
  if (typeof value !== 'number' || Number.isNaN(value)) return usual;
  return Math.min(mostSec, Math.max(leastSec, value));
}
