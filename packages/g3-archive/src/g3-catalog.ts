import { type Catalog, type FieldInfo, fieldTypeOf, type TimelineInfo } from '@sisock/core';
import { type ArchiveField, type ArchiveTimeline, secondsOf } from './timelines.js';

const separator = '.feeds.';

/** Fields with the timelines they are served on. `intervalOf`: the usual seconds between samples; `lastOf`: newest time known. */
export function g3Catalog(
  served: Iterable<ArchiveField>,
  intervalOf: (timeline: ArchiveTimeline) => number | null,
  lastOf: (timeline: ArchiveTimeline) => number,
): Catalog {
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, TimelineInfo & { readonly fields: string[] }>();
  for (const field of served) {
    const { name, kind, timeline } = field;
    if (fields.has(name)) continue;
    const common = { units: null, description: null, labels: labelsOf(field) };
    fields.set(name, { name, timeline: timeline.name, type: fieldTypeOf(kind), ...common });
    const known = timelines.get(timeline.name);
    if (known) known.fields.push(name);
    else {
      const extent = { start: secondsOf(timeline.span.first), end: lastOf(timeline) };
      timelines.set(timeline.name, { name: timeline.name, interval: intervalOf(timeline), fields: [name], extent });
    }
  }
  return { fields, timelines };
}

/** As the live feeds have them, as far as an archive knows. */
function labelsOf({ own, timeline: { feed: address, block } }: ArchiveField): Readonly<Record<string, string>> {
  const at = address.lastIndexOf(separator);
  const feed = address.slice(at + separator.length);
  if (at <= 0 || feed === '') return { feed: address, block, field: own };
  return { agent: address.slice(0, at), feed, block, field: own };
}
