import { fullName, type KnownField } from '../plan/resolve.js';

/** A field as the GET API and the live WebSocket describe it. `interval` in seconds. */
export interface FieldJson {
  readonly field: string;
  readonly node: string;
  readonly name: string;
  readonly type: string;
  readonly units: string | null;
  readonly description: string | null;
  readonly timeline: string;
  readonly interval: number | null;
  /** UNIX seconds of the first and the last known sample of its timeline; null where there is none or it is unknown. */
  readonly extent: { readonly start: number; readonly end: number } | null;
  readonly labels?: Readonly<Record<string, string>>;
}

export function fieldJson(field: KnownField): FieldJson {
  const { node, info, timeline } = field;
  return {
    field: fullName(field),
    node,
    name: info.name,
    type: info.type,
    units: info.units,
    description: info.description,
    timeline: info.timeline,
    interval: timeline?.interval ?? null,
    extent: timeline?.extent ?? null,
    ...(info.labels && { labels: info.labels }),
  };
}
