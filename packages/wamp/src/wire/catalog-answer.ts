import type { Catalog, FieldInfo, FieldType, TimelineInfo, TimeRange } from '@sisock/core';
import { dict, type Dict, finite, finiteOrNull, isDict, list, text, textOrNull, wrong } from './check.js';

export const mostFields = 100_000;

/** A catalogue as our `catalog` procedure answers it. */
export function encodeCatalog(catalog: Catalog): Dict {
  return {
    fields: Array.from(catalog.fields.values(), (f) => ({
      name: f.name,
      timeline: f.timeline,
      type: f.type,
      units: f.units,
      description: f.description,
      ...(f.labels === undefined ? {} : { labels: f.labels }),
    })),
    timelines: Array.from(catalog.timelines.values(), (t) => ({
      name: t.name,
      interval: t.interval,
      fields: t.fields,
      extent: t.extent === null ? null : [t.extent.start, t.extent.end],
    })),
  };
}

/** @throws SisockError `bad_data` when it is not a whole and consistent catalogue */
export function decodeCatalog(answer: unknown): Catalog {
  const { fields, timelines } = dict('bad_data', 'the catalogue', answer);
  const fieldMap = new Map<string, FieldInfo>();
  for (const one of list('bad_data', 'fields', fields, mostFields)) {
    const field = decodeField(dict('bad_data', 'a field', one));
    fieldMap.set(field.name, field);
  }
  const timelineMap = new Map<string, TimelineInfo>();
  for (const one of list('bad_data', 'timelines', timelines, mostFields)) {
    const timeline = decodeTimeline(dict('bad_data', 'a timeline', one));
    timelineMap.set(timeline.name, timeline);
  }
  checkConsistent(fieldMap, timelineMap);
  return { fields: fieldMap, timelines: timelineMap };
}

function checkConsistent(fields: ReadonlyMap<string, FieldInfo>, timelines: ReadonlyMap<string, TimelineInfo>): void {
  let listed = 0;
  for (const timeline of timelines.values()) {
    for (const name of timeline.fields) {
      if (fields.get(name)?.timeline !== timeline.name) {
        throw wrong('bad_data', `field of timeline ${JSON.stringify(timeline.name)}`, name, 'one that names it');
      }
      listed++;
    }
  }
  if (listed === fields.size) return;
  for (const field of fields.values()) {
    if (timelines.get(field.timeline)?.fields.includes(field.name) !== true) {
      throw wrong('bad_data', `timeline of field ${JSON.stringify(field.name)}`, field.timeline, 'one that lists it');
    }
  }
  throw wrong('bad_data', 'the number of listed fields', listed, `the ${fields.size} there are`);
}

function decodeField(one: Dict): FieldInfo {
  const name = text('bad_data', 'name of a field', one['name']);
  return {
    name,
    timeline: text('bad_data', `timeline of ${name}`, one['timeline']),
    type: fieldType(one['type']),
    units: textOrNull('bad_data', `units of ${name}`, one['units']),
    description: textOrNull('bad_data', `description of ${name}`, one['description']),
    ...(isDict(one['labels']) ? { labels: decodeLabels(one['labels']) } : {}),
  };
}

function fieldType(type: unknown): FieldType {
  if (type === 'number' || type === 'string' || type === 'bool') return type;
  throw wrong('bad_data', 'type of a field', type, 'one of number, string, bool');
}

function decodeLabels(labels: Dict): Record<string, string> {
  const entries = list('bad_data', 'labels', Object.entries(labels), 100) as readonly [string, unknown][];
  return Object.fromEntries(entries.map(([key, value]) => [key, text('bad_data', `label ${key}`, value)]));
}

function decodeTimeline(one: Dict): TimelineInfo {
  const name = text('bad_data', 'name of a timeline', one['name']);
  const fields = list('bad_data', `fields of ${name}`, one['fields'], mostFields);
  return {
    name,
    interval: finiteOrNull('bad_data', `interval of ${name}`, one['interval']),
    fields: fields.map((f) => text('bad_data', `a field of ${name}`, f)),
    extent: decodeExtent(one['extent']),
  };
}

function decodeExtent(extent: unknown): TimeRange | null {
  if (extent === null || extent === undefined) return null;
  const [start, end] = list('bad_data', 'extent', extent, 2);
  return { start: finite('bad_data', 'extent', start), end: finite('bad_data', 'extent', end) };
}
