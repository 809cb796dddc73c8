import { cancelError, throwIfCancelled } from '@sisock/core';
import type { TileKey } from './tile.js';

/** Does something for several fields of one timeline and tile together; a field without a result is not in the answer. */
export type FieldsWork<T> = (
  timeline: string,
  key: TileKey,
  fields: readonly string[],
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, T>>;

interface Waiter<T> {
  readonly resolve: (result: T) => void;
  readonly reject: (error: unknown) => void;
}

interface Unit<T> {
  readonly timeline: string;
  readonly key: TileKey;
  readonly fields: Map<string, Set<Waiter<T>>>;
  readonly controller: AbortController;
}

/**
 * Work on tiles, some at once, place by place in the order it was asked for: timelines of one place come together, since
 * some nodes answer for several of them with one call. Fields that are asked for before the work on a tile begins share it;
 * it stops when nobody waits for any of them.
 */
export class FieldsQueue<T> {
  readonly #work: FieldsWork<T>;
  readonly #atOnce: number;
  /** What has not begun, by place and timeline. */
  readonly #waiting = new Map<string, Map<string, Unit<T>>>();
  #running = 0;

  constructor(work: FieldsWork<T>, atOnce: number) {
    this.#work = work;
    this.#atOnce = atOnce;
  }

  /** @throws SisockError `cancelled` when the signal fires, and what the work throws. */
  ask(timeline: string, key: TileKey, field: string, signal: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      throwIfCancelled(signal);
      const unit = this.#unitOf(timeline, key);
      const leave = () => {
        reject(cancelError(signal));
        this.#leave(unit, field, waiter);
      };
      const settled = <A>(settle: (value: A) => void) => {
        return (value: A) => {
          signal.removeEventListener('abort', leave);
          settle(value);
        };
      };
      const waiter = { resolve: settled(resolve), reject: settled(reject) };
      const waiters = unit.fields.get(field);
      if (waiters) waiters.add(waiter);
      else unit.fields.set(field, new Set([waiter]));
      signal.addEventListener('abort', leave, { once: true });
    });
  }

  #unitOf(timeline: string, key: TileKey): Unit<T> {
    const place = placeOf(key);
    let units = this.#waiting.get(place);
    if (units === undefined) this.#waiting.set(place, (units = new Map<string, Unit<T>>()));
    let unit = units.get(timeline);
    if (unit === undefined) {
      unit = { timeline, key, fields: new Map(), controller: new AbortController() };
      units.set(timeline, unit);
      setImmediate(() => this.#pump());
    }
    return unit;
  }

  #leave(unit: Unit<T>, field: string, waiter: Waiter<T>): void {
    const waiters = unit.fields.get(field);
    waiters?.delete(waiter);
    if (waiters?.size === 0) unit.fields.delete(field);
    if (unit.fields.size > 0) return;
    unit.controller.abort();
    if (this.#waiting.get(placeOf(unit.key))?.get(unit.timeline) === unit) this.#remove(unit);
  }

  #remove({ key, timeline }: Unit<T>): void {
    const place = placeOf(key);
    const units = this.#waiting.get(place);
    units?.delete(timeline);
    if (units?.size === 0) this.#waiting.delete(place);
  }

  #pump(): void {
    for (const units of this.#waiting.values()) {
      for (const unit of units.values()) {
        if (this.#running >= this.#atOnce) return;
        this.#remove(unit);
        this.#running++;
        void this.#run(unit).finally(() => {
          this.#running--;
          // Others have their turn between two pieces of work that answer at once.
          setImmediate(() => this.#pump());
        });
      }
    }
  }

  async #run({ timeline, key, fields, controller }: Unit<T>): Promise<void> {
    try {
      const results = await this.#work(timeline, key, [...fields.keys()], controller.signal);
      for (const [field, waiters] of fields) for (const one of waiters) one.resolve(results.get(field)!);
    } catch (error) {
      for (const waiters of fields.values()) for (const one of waiters) one.reject(error);
    }
  }
}

function placeOf({ level, index }: TileKey): string {
  return `${level} ${index}`;
}
