import type { TimeRange } from '@sisock/core';
import type { Grid } from './grid.js';
import type { GraphiteSeries } from './samples.js';

/** Types of parameters, as Graphite's list of functions names them. */
export type ParamType =
  'seriesList' | 'seriesLists' | 'float' | 'integer' | 'string' | 'interval' | 'boolean' | 'nodeOrTag';

export interface Param {
  readonly name: string;
  readonly type: ParamType;
  readonly required: boolean;
  /** True for the last one when it may be given any number of times. */
  readonly multiple?: boolean;
  readonly default?: boolean;
  readonly suggestions?: readonly string[];
}

export type ArgumentValue = number | string | boolean;

/** A function with its arguments: the series of all of them together, and the other values in their order. */
export interface Call {
  readonly name: string;
  /** The call as it was written. */
  readonly text: string;
  /** The first path in it; the text itself where there is none. */
  readonly path: string;
  readonly lists: readonly GraphiteSeries[];
  readonly values: readonly (ArgumentValue | undefined)[];
}

/** What the functions of one request share. */
export interface Environment {
  readonly range: TimeRange;
  /** Buckets for drawing: two points each. */
  readonly drawn: Grid;
  /** Buckets for sums and means: one point each. */
  readonly means: Grid;
  readonly now: number;
  /** True below a function that wants series in regular steps. */
  readonly inSteps: boolean;
}

export interface GraphiteFunction {
  readonly group: string;
  readonly description: string;
  readonly params: readonly Param[];
  /** True when it wants its series in regular steps, to put them beside each other. */
  readonly regular?: boolean;
  /** Seconds that it moves its series forward by. @throws SisockError `bad_request` */
  readonly shift?: (values: Call['values']) => number;
  readonly apply: (call: Call, env: Environment) => GraphiteSeries[];
}

export type FunctionTable = ReadonlyMap<string, GraphiteFunction>;
