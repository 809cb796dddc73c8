import type { ColumnKind } from './batch.js';
import type { TimeRange } from './time.js';

/** The types of the original's wire. */
export type FieldType = 'number' | 'string' | 'bool';

/** One field of a data node. `timeline` names the set of times it shares. */
export interface FieldInfo {
  readonly name: string;
  readonly timeline: string;
  readonly type: FieldType;
  readonly units: string | null;
  readonly description: string | null;
  readonly labels?: Readonly<Record<string, string>>;
}

/**
 * One set of times that its fields truly share. `interval`: usual seconds between samples, null when there is no such
 * cadence; `extent`: times of the first and the last known sample (inclusive), null when there is none or it is unknown.
 */
export interface TimelineInfo {
  readonly name: string;
  readonly interval: number | null;
  readonly fields: readonly string[];
  readonly extent: TimeRange | null;
}

/** What a node has to offer. Every field's `timeline` is a key of `timelines`, whose `fields` lists that field. */
export interface Catalog {
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly timelines: ReadonlyMap<string, TimelineInfo>;
}

/** The wire type of a column. */
export function fieldTypeOf(kind: ColumnKind): FieldType {
  switch (kind) {
    case 'f64':
    case 'i64':
      return 'number';
    case 'bool':
      return 'bool';
    case 'str':
      return 'string';
  }
}
