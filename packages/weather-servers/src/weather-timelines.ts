import { type FieldInfo, medianStep, type TimelineInfo } from '@sisock/core';
import type { WeatherFile } from './weather-file.js';

/** Fields that truly share their times. */
export interface WeatherTimeline {
  readonly info: TimelineInfo;
  readonly t: Float64Array;
  readonly values: ReadonlyMap<string, Float64Array>;
}

/** All that is served at one moment. */
export interface WeatherData {
  readonly fields: ReadonlyMap<string, FieldInfo>;
  readonly timelines: ReadonlyMap<string, WeatherTimeline>;
}

/**
 * Groups files by the timeline they name. Where the times of such fields differ, each of them gets a timeline of its own,
 * `<timeline>.<field>`, and the name is added to `apart`: from then on it stays so, because files that grow one after the
 * other would otherwise rename their timelines every minute.
 */
export function groupTimelines(files: ReadonlyMap<string, WeatherFile>, apart: Set<string>): WeatherData {
  const groups = new Map<string, string[]>();
  for (const [field, file] of files) {
    const name = file.timelineName ?? field;
    const group = groups.get(name);
    if (group) group.push(field);
    else groups.set(name, [field]);
  }
  const fields = new Map<string, FieldInfo>();
  const timelines = new Map<string, WeatherTimeline>();
  const add = (name: string, members: readonly string[]) => {
    const t = files.get(members[0]!)!.t;
    timelines.set(name, {
      info: {
        name,
        interval: toMicroseconds(medianStep(t)),
        fields: members,
        extent: t.length > 0 ? { start: t[0]!, end: t.at(-1)! } : null,
      },
      t,
      values: new Map(members.map((field) => [field, files.get(field)!.v])),
    });
    for (const field of members) {
      const { description, units } = files.get(field)!;
      fields.set(field, { name: field, timeline: name, type: 'number', units, description });
    }
  };
  for (const [name, members] of groups) {
    const first = files.get(members[0]!)!.t;
    if (!members.every((field) => sameTimes(first, files.get(field)!.t))) apart.add(name);
    if (!apart.has(name)) add(name, members);
    else for (const field of members) add(`${name}.${field}`, [field]);
  }
  return { fields, timelines };
}

/** True when `after` begins with all rows of `before`: the file only grew. */
export function onlyGrew(before: WeatherFile, after: WeatherFile): boolean {
  if (after.t.length < before.t.length) return false;
  for (let i = 0; i < before.t.length; i++) {
    if (before.t[i] !== after.t[i] || !Object.is(before.v[i], after.v[i])) return false;
  }
  return true;
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  return a === b || (a.length === b.length && a.every((time, i) => time === b[i]));
}

/** Steps of times near 1.5e9 are known to a fraction of a microsecond only. */
export function toMicroseconds(interval: number | null): number | null {
  return interval === null ? null : Math.round(interval * 1e6) / 1e6 || interval;
}
