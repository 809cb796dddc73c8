import { describe, expect, it } from '@jest/globals';
import { allTime, fieldTypeOf } from '@sisock/core';
import { fixtureStart } from './fixture.js';
import type { ContractContext } from './reader-contract.js';

export function catalogContract({ fixture, can, timelineName, fieldName, reader }: ContractContext): void {
  describe('catalog', () => {
    it('names every field with its type, on the timeline it shares', async () => {
      const { fields, timelines } = await reader().catalog(allTime);
      for (const timeline of fixture.timelines) {
        const name = timelineName(timeline.name);
        for (const field of timeline.fields) {
          const info = fields.get(fieldName(field.name, timeline.name));
          const column = timeline.batches.map((b) => b.columns.get(field.name)).find((c) => c !== undefined)!;
          expect(info).toMatchObject({ timeline: name, type: fieldTypeOf(column.kind) });
          if (can('descriptions')) expect(info).toMatchObject({ units: field.units, description: field.description });
        }
        if (can('descriptions')) expect(timelines.get(name)?.interval).toBe(timeline.interval);
      }
    });

    it('is consistent in itself', async () => {
      const { fields, timelines } = await reader().catalog(allTime);
      for (const [name, field] of fields) {
        expect(field.name).toBe(name);
        expect(timelines.get(field.timeline)?.fields).toContain(name);
      }
      for (const [name, timeline] of timelines) {
        expect(timeline.name).toBe(name);
        expect(timeline.fields.length).toBeGreaterThan(0);
        expect(new Set(timeline.fields).size).toBe(timeline.fields.length);
        for (const field of timeline.fields) expect(fields.get(field)?.timeline).toBe(name);
      }
    });

    it('tells an extent that is true, where it tells one', async () => {
      const { timelines } = await reader().catalog(allTime);
      for (const timeline of fixture.timelines) {
        const extent = timelines.get(timelineName(timeline.name))?.extent;
        const last = timeline.batches.at(-1)!;
        if (extent) expect(extent).toEqual({ start: timeline.batches[0]!.t[0], end: last.t.at(-1) });
      }
    });

    it('names in a range every field that has a sample there', async () => {
      const { fields } = await reader().catalog({ start: fixtureStart, end: fixtureStart + 0.05 });
      for (const timeline of fixture.timelines) {
        for (const field of timeline.batches[0]!.columns.keys()) {
          expect([...fields.keys()]).toContain(fieldName(field, timeline.name));
        }
      }
    });

    it('is cancelled by its signal', async () => {
      await expect(reader().catalog(allTime, AbortSignal.abort())).rejects.toMatchObject({ code: 'cancelled' });
    });
  });
}
