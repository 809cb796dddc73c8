import { askEvents, type SiteEvent } from '../data/events.js';

/** What came and went. */
export interface EventsWatch {
  events(): readonly SiteEvent[];
  /** Asks where the last answer is old. */
  look(): void;
}

const everyMs = 5000;

export function createEventsWatch(onChange: () => void): EventsWatch {
  let events: readonly SiteEvent[] = [];
  let askedAt = -Infinity;
  let isAsking = false;

  return {
    events: () => events,
    look() {
      if (isAsking || performance.now() - askedAt < everyMs) return;
      isAsking = true;
      askedAt = performance.now();
      askEvents()
        .then(
          (found) => {
            events = found;
            onChange();
          },
          () => undefined,
        )
        .finally(() => {
          isAsking = false;
        });
    },
  };
}
