import { createStore, type Store } from '../state/store.js';
import type { Sample } from './samples.js';

/** The newest values of the fields that somebody looks at. */
export interface Readings {
  readonly latest: Store<ReadonlyMap<string, Sample>>;
  /** Other fields came into sight: their values are wanted soon. */
  look(): void;
}

interface ReadingsOptions {
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, Sample>>;
  /** The fields in sight. */
  readonly wanted: () => readonly string[];
  readonly isHidden: () => boolean;
  readonly everyMs?: number;
  readonly soonMs?: number;
}

/** Values that are remembered; those of fields long out of sight go. */
const most = 2000;

export function createReadings({ ask, wanted, isHidden, everyMs = 2500, soonMs = 120 }: ReadingsOptions): Readings {
  const latest = createStore<ReadonlyMap<string, Sample>>(new Map());
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isAsking = false;
  let isWanted = false;

  function later(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => void look(), ms);
  }

  async function look(): Promise<void> {
    isWanted = false;
    const ids = isHidden() ? [] : wanted();
    if (ids.length === 0) return later(everyMs);
    isAsking = true;
    try {
      const found = await ask(ids);
      const known = latest.get().size > most ? [] : latest.get();
      latest.set(new Map([...known, ...found]));
    } catch {
      // That the server does not answer is told by who watches the site.
    } finally {
      isAsking = false;
      later(isWanted ? soonMs : everyMs);
    }
  }

  later(soonMs);
  return {
    latest,
    look() {
      isWanted = true;
      if (!isAsking) later(soonMs);
    },
  };
}
