import { FieldData } from './field-data.js';

/** Samples of all fields together; above it, what is not on the screen goes. */
const mostSamples = 3_000_000;

/** What the page holds of each field. */
export interface FieldCache {
  /** Null where nothing was put in yet. */
  get(id: string): FieldData | null;
  /** Made where it is not there. `interval`: usual seconds between samples; null: unknown. */
  open(id: string, isNumber: boolean, interval: number | null): FieldData;
  /** Forgets what is held of other fields where all is too much. */
  keepWithin(shown: ReadonlySet<string>): void;
  ids(): Iterable<string>;
}

export function createFieldCache(most = mostSamples): FieldCache {
  const fields = new Map<string, FieldData>();
  return {
    get: (id) => fields.get(id) ?? null,
    open(id, isNumber, interval) {
      let data = fields.get(id);
      if (!data || data.isNumber !== isNumber) {
        data = new FieldData(isNumber);
        fields.set(id, data);
      }
      if (interval !== null) data.interval = interval;
      return data;
    },
    keepWithin(shown) {
      let size = 0;
      for (const data of fields.values()) size += data.size;
      for (const [id, data] of fields) {
        if (size <= most) return;
        if (shown.has(id)) continue;
        size -= data.size;
        fields.delete(id);
      }
    },
    ids: () => fields.keys(),
  };
}
