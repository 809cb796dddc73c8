import type { Catalog, FieldInfo, FieldType, TimelineInfo } from '@sisock/core';
import { mostFields } from './catalog-answer.js';
import { dict, type Dict, isDict, list, show } from './check.js';

/** A catalogue in the original's form: `[field, timeline]`. */
export function encodeFields(catalog: Catalog): readonly [Dict, Dict] {
  const fields = new Map<string, Dict>();
  for (const { name, description, timeline, type, units } of catalog.fields.values()) {
    fields.set(name, { description, timeline, type, units });
  }
  const timelines = new Map<string, Dict>();
  for (const { name, interval, fields: field } of catalog.timelines.values()) timelines.set(name, { interval, field });
  return [Object.fromEntries(fields), Object.fromEntries(timelines)];
}

export interface DecodedFields {
  /** Timelines as the node names them: fields of one timeline may still have different times (facts of the original). */
  readonly catalog: Catalog;
  /** What was not as it should be, and was mended or left out. At most a hundred. */
  readonly problems: readonly string[];
}

const mostProblems = 100;
const longestName = 1000;

/**
 * The answer of an original get_fields. Tolerant in what real nodes do: a timeline's `field` as one bare string, types left
 * out, timelines that are not listed.
 * @throws SisockError `bad_data` when it is no pair of dictionaries
 */
export function decodeFields(answer: unknown): DecodedFields {
  const pair = list('bad_data', 'the answer of get_fields', answer, 2);
  const wireFields = dict('bad_data', 'field of get_fields', pair[0]);
  const wireTimelines = dict('bad_data', 'timeline of get_fields', pair[1]);
  list('bad_data', 'fields', Object.keys(wireFields), mostFields);
  list('bad_data', 'timelines', Object.keys(wireTimelines), mostFields);
  const problems: string[] = [];
  const note = (problem: string) => {
    if (problems.length < mostProblems) problems.push(problem);
  };
  const listed = fieldsByTimeline(wireTimelines);
  const fields = new Map<string, FieldInfo>();
  for (const [name, wire] of Object.entries(wireFields)) {
    if (!isDict(wire) || name.length > longestName) note(`field ${show(name)}: ${show(wire)} is no description of it`);
    else fields.set(name, decodeField(name, wire, listed.get(name), note));
  }
  return { catalog: { fields, timelines: timelinesOf(fields, wireTimelines, note) }, problems };
}

/** Which timeline lists a field, for fields that don't say theirs. */
function fieldsByTimeline(wireTimelines: Dict): Map<string, string> {
  const found = new Map<string, string>();
  for (const [timeline, wire] of Object.entries(wireTimelines)) {
    const field = isDict(wire) ? wire['field'] : undefined;
    for (const name of Array.isArray(field) ? field : [field]) if (typeof name === 'string') found.set(name, timeline);
  }
  return found;
}

function decodeField(name: string, wire: Dict, listed: string | undefined, note: (problem: string) => void): FieldInfo {
  const { timeline, type } = wire;
  const named = typeof timeline === 'string' && timeline.length <= longestName ? timeline : listed;
  if (named === undefined) note(`field ${show(name)} names no timeline`);
  if (type !== undefined && !isFieldType(type)) note(`field ${show(name)} is of the unknown type ${show(type)}`);
  return {
    name,
    timeline: named ?? name,
    type: isFieldType(type) ? type : 'number',
    units: shortText(wire['units']),
    description: shortText(wire['description']),
  };
}

function timelinesOf(
  fields: ReadonlyMap<string, FieldInfo>,
  wireTimelines: Dict,
  note: (problem: string) => void,
): Map<string, TimelineInfo> {
  const members = new Map<string, string[]>();
  for (const { name, timeline } of fields.values()) {
    const names = members.get(timeline);
    if (names === undefined) members.set(timeline, [name]);
    else names.push(name);
  }
  const timelines = new Map<string, TimelineInfo>();
  for (const [name, names] of members) {
    const wire = Object.hasOwn(wireTimelines, name) ? wireTimelines[name] : undefined;
    const interval = isDict(wire) ? wire['interval'] : null;
    if (!isDict(wire)) note(`timeline ${show(name)} is not described`);
    const known = typeof interval === 'number' && Number.isFinite(interval) && interval > 0 ? interval : null;
    timelines.set(name, { name, interval: known, fields: names, extent: null });
  }
  return timelines;
}

function isFieldType(type: unknown): type is FieldType {
  return type === 'number' || type === 'string' || type === 'bool';
}

function shortText(value: unknown): string | null {
  return typeof value === 'string' ? value.slice(0, longestName) : null;
}
