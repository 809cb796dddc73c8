import { allTime, type Catalog, type FieldType, type Reader } from '@sisock/core';

/** What is known of a timeline. */
export interface KnownTimeline {
  /** Usual seconds between samples; null while that is unknown. */
  readonly interval: number | null;
  readonly fields: ReadonlyMap<string, FieldType>;
}

interface Learned {
  interval: number;
}

/** The catalog is read again after so long, beside the answers: sooner where a name is not in it. */
const freshMs = 600_000;
const pauseMs = 1_000;

/** Timelines of a reader as its catalog has them, and the cadence of those of which it says none. */
export class KnownTimelines {
  readonly #reader: Pick<Reader, 'catalog'>;
  readonly #learned = new Map<string, Learned>();
  #catalog: Catalog | null = null;
  #readAt = -Infinity;
  #reading: Promise<void> | null = null;

  constructor(reader: Pick<Reader, 'catalog'>) {
    this.#reader = reader;
  }

  /**
   * Null for one that is not in the catalog, as far as that is known: what is new there is seen a moment later.
   * @throws SisockError what the first reading of the catalog throws
   */
  async of(name: string, fields: readonly string[]): Promise<KnownTimeline | null> {
    if (this.#catalog === null) await this.#read();
    const age = performance.now() - this.#readAt;
    if (age > (this.#hasAll(name, fields) ? freshMs : pauseMs)) this.#read().catch(() => undefined);
    const timeline = this.#catalog?.timelines.get(name);
    if (timeline === undefined) return null;
    const types = new Map<string, FieldType>();
    for (const field of fields) {
      const info = this.#catalog!.fields.get(field);
      if (info?.timeline === name) types.set(field, info.type);
    }
    return { interval: usable(timeline.interval) ?? this.#learned.get(name)?.interval ?? null, fields: types };
  }

  /** Teaches the cadence of a timeline whose reader says none. */
  learn(name: string, interval: number): void {
    if (usable(interval) === null) return;
    const known = this.#learned.get(name);
    if (known) known.interval = interval;
    else this.#learned.set(name, { interval });
  }

  #hasAll(name: string, fields: readonly string[]): boolean {
    return fields.every((field) => this.#catalog?.fields.get(field)?.timeline === name);
  }

  #read(): Promise<void> {
    // Who stops waiting for an answer does not stop it for the others.
    this.#reading ??= this.#reader
      .catalog(allTime)
      .then((catalog) => {
        this.#catalog = catalog;
        this.#readAt = performance.now();
      })
      .finally(() => (this.#reading = null));
    return this.#reading;
  }
}

function usable(interval: number | null): number | null {
  return interval !== null && Number.isFinite(interval) && interval > 0 ? interval : null;
}
