import { type Catalog, type FieldInfo, type FieldType, SisockError, type TimelineInfo } from '@sisock/core';

/** One field as `getFields` describes it. */
export interface NodeField {
  readonly timeline: string;
  /** `number` when left out. */
  readonly type?: FieldType;
  readonly units?: string | null;
  readonly description?: string | null;
}

/** One timeline as `getFields` describes it. `interval`: seconds between readings, null when aperiodic. */
export interface NodeTimeline {
  readonly interval?: number | null;
  readonly field?: string | readonly string[];
}

/** What `getFields` returns: the fields, then the timelines, each by name. */
export type NodeFields = readonly [Readonly<Record<string, NodeField>>, Readonly<Record<string, NodeTimeline>>];

/** Values of one field; null where there is none at that time. */
export type NodeValues = ArrayLike<number | bigint | string | boolean | null>;

/** Times (UNIX seconds) of one timeline. `finalized_until` null: all requested data are final; left out: none are. */
export interface NodeTimes {
  readonly t: ArrayLike<number>;
  readonly finalized_until?: number | null;
}

/** What `getData` returns; `false` when that is more than the node likes to give. */
export type NodeData =
  | false
  | {
      readonly data: Readonly<Record<string, NodeValues>>;
      readonly timeline: Readonly<Record<string, NodeTimes>>;
    };

/** Told of each thing that is wrong in a node's answer. */
export type OnProblem = (problem: string) => void;

const fieldTypes: ReadonlySet<unknown> = new Set<FieldType>(['number', 'string', 'bool']);

/**
 * The catalog in the answer of a node's `getFields`. A field that is described wrongly is left out and told.
 * @throws SisockError `bad_data` when the answer has not the shape at all.
 */
export function catalogOfNode(answer: unknown, onProblem: OnProblem): Catalog {
  if (!Array.isArray(answer) || answer.length !== 2 || !isRecord(answer[0]) || !isRecord(answer[1])) {
    throw new SisockError('bad_data', 'getFields gave no [fields, timelines]');
  }
  const fields = new Map<string, FieldInfo>();
  const members = new Map<string, string[]>();
  for (const [name, field] of Object.entries(answer[0])) {
    const info = fieldInfo(name, field);
    if (typeof info === 'string') {
      onProblem(`field ${shown(name)} left out: ${info}`);
      continue;
    }
    fields.set(name, info);
    const others = members.get(info.timeline);
    if (others) others.push(name);
    else members.set(info.timeline, [name]);
  }
  const described = answer[1];
  const timelines = new Map<string, TimelineInfo>();
  for (const [name, names] of members) {
    const timeline = Object.hasOwn(described, name) ? described[name] : undefined;
    const interval = isRecord(timeline) ? timeline['interval'] : undefined;
    timelines.set(name, {
      name,
      interval: typeof interval === 'number' && interval > 0 && Number.isFinite(interval) ? interval : null,
      fields: names,
      extent: null,
    });
  }
  return { fields, timelines };
}

function fieldInfo(name: string, field: unknown): FieldInfo | string {
  if (!isRecord(field)) return 'it is not described by an object';
  const { timeline, type = 'number', units, description } = field;
  if (typeof timeline !== 'string') return 'it names no timeline';
  if (!fieldTypes.has(type)) return `its type ${shown(type)} is none of number, string, bool`;
  return {
    name,
    timeline,
    type: type as FieldType,
    units: typeof units === 'string' ? units : null,
    description: typeof description === 'string' ? description : null,
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A value for a message, short. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  return typeof value === 'object' && value !== null ? 'an object' : String(value).slice(0, 60);
}
