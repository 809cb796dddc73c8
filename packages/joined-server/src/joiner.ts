import { type Clock, unknownTimeline } from '@sisock/core';
import { type JoinedTimeline, type JoinMap, joinMap } from './join-map.js';
import { type Scope, scopeOf } from './scope.js';
import type { Source } from './source.js';

/** The sources as they are now: they come and go. */
export interface JoinSources {
  readonly archives: () => readonly Source[];
  readonly feeds: () => readonly Source[];
  /** Called when a source came, went, failed or answers again; resolves how to stop that. */
  readonly onChange: (listener: () => void) => () => void;
}

/** Rounds of asking anew after a source failed or changed under way. */
export const mostRounds = 12;

/** Knows the map of all timelines, and makes it anew when a source tells something new. */
export class Joiner {
  readonly sources: JoinSources;
  readonly clock: Clock;
  #map: JoinMap | null = null;
  #madeOf: readonly unknown[] = [];

  constructor(sources: JoinSources, clock: Clock) {
    this.sources = sources;
    this.clock = clock;
  }

  all(): readonly Source[] {
    return [...this.sources.archives(), ...this.sources.feeds()];
  }

  /** The map by what is known, learned anew where it is older than `maxAgeMs` (a source's own measure when left out). */
  async map(maxAgeMs?: number): Promise<JoinMap> {
    await Promise.all(this.all().map((source) => source.refresh(maxAgeMs)));
    return this.mapNow();
  }

  /** The map by what is known already. */
  mapNow(): JoinMap {
    const madeOf = this.all().flatMap((source) => [source, source.known, source.problem === null]);
    if (this.#map !== null && madeOf.length === this.#madeOf.length && madeOf.every((x, i) => x === this.#madeOf[i])) {
      return this.#map;
    }
    this.#madeOf = madeOf;
    this.#map = joinMap(this.sources.archives(), this.sources.feeds());
    return this.#map;
  }

  /** @throws SisockError `unknown_timeline`; what is new is looked for before */
  async timeline(name: string): Promise<JoinedTimeline> {
    const known = (await this.map()).timelines.get(name);
    if (known !== undefined) return known;
    const { timelines } = await this.map(0);
    const found = timelines.get(name);
    if (found === undefined) throw unknownTimeline(name, timelines.keys());
    return found;
  }

  /** The timeline with the fields, where they are to be had, looked for anew where one is not known yet. */
  async scope(name: string, fields: readonly string[], signal?: AbortSignal): Promise<Scope> {
    let timeline = await this.timeline(name);
    if (fields.some((field) => !timeline.fields.has(field)))
      timeline = (await this.map(250)).timelines.get(name) ?? timeline;
    const archiveMissing = this.sources.archives().some(({ problem }) => problem !== null);
    return scopeOf(timeline, fields, { now: this.clock(), archiveMissing }, signal);
  }

  /** Times of the first and last sample of a timeline, as known. */
  extent(name: string) {
    return this.mapNow().timelines.get(name)?.extent ?? null;
  }
}
