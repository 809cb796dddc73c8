import { createStore, type Store } from '../state/store.js';
import type { AskError } from './ask.js';
import { type Catalog, catalogOf, emptyCatalog } from './catalog.js';
import { type DataNode, type Field, type FieldsAnswer, type SiteState, type Timeline, timelineKey } from './site.js';

/** What is known of the site at present. */
export interface SiteModel {
  /** Null before the first answer. */
  readonly state: SiteState | null;
  readonly timelines: ReadonlyMap<string, Timeline>;
  readonly catalog: Catalog;
  /** Why the newest question had no answer; what else stands here is old then. */
  readonly error: AskError | null;
}

export interface SiteWatch {
  readonly model: Store<SiteModel>;
  /** The server's present, UNIX seconds. */
  now(): number;
  /** Looks again and again from now on. */
  start(): void;
  /** Looks at once. */
  look(): void;
}

interface SiteWatchOptions {
  readonly askStatus: () => Promise<SiteState>;
  readonly askTimelines: () => Promise<readonly Timeline[]>;
  readonly askFields: () => Promise<FieldsAnswer>;
  /** UNIX seconds of this machine's clock. */
  readonly clock: () => number;
  /** Nobody looks at the page: it need not be quick. */
  readonly isHidden: () => boolean;
  readonly everyMs?: number;
  readonly hiddenEveryMs?: number;
  /** The list of fields is asked for when their number changed, and this often, for new units and descriptions. */
  readonly fieldsEveryMs?: number;
}

/** Clocks drift: what was told of them is believed so long, in seconds. */
const goodFor = 60;

const nothing: SiteModel = { state: null, timelines: new Map(), catalog: emptyCatalog, error: null };

/** Keeps an eye on nodes, agents, fields and how new their data are. */
export function createSiteWatch({
  askStatus,
  askTimelines,
  askFields,
  clock,
  isHidden,
  everyMs = 2500,
  hiddenEveryMs = 15_000,
  fieldsEveryMs = 60_000,
}: SiteWatchOptions): SiteWatch {
  const model = createStore(nothing);
  let offset = 0;
  let best = Infinity;
  let bestAt = -Infinity;
  let fields: readonly Field[] = [];
  let listedFor = '';
  let listedAt = -Infinity;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isLooking = false;

  async function look(): Promise<void> {
    if (isLooking) return;
    isLooking = true;
    clearTimeout(timer);
    try {
      const [state, timelines] = await Promise.all([timed(askStatus), askTimelines()]);
      const catalog = await catalogFor(state.nodes, timelines);
      const byKey = new Map(timelines.map((timeline) => [timelineKey(timeline.node, timeline.name), timeline]));
      model.set({ state, timelines: byKey, catalog, error: null });
    } catch (error) {
      model.set({ ...model.get(), error: error as AskError });
    } finally {
      isLooking = false;
      timer = setTimeout(() => void look(), isHidden() ? hiddenEveryMs : everyMs);
    }
  }

  /** The server's clock, by when it was asked and when it answered; a quick answer tells it best. */
  async function timed(askNow: () => Promise<SiteState>): Promise<SiteState> {
    const asked = clock();
    const state = await askNow();
    const took = Math.max(0, clock() - asked);
    if (took <= best || clock() - bestAt > goodFor) {
      [best, bestAt] = [took, clock()];
      offset = state.time - (asked + took / 2);
    }
    return state;
  }

  async function catalogFor(nodes: readonly DataNode[], timelines: readonly Timeline[]): Promise<Catalog> {
    const kinds = nodes.map(({ name, isLive }) => [name, isLive]);
    const sizes = timelines.map(({ node, name, fields: n }) => [node, name, n]);
    const signature = JSON.stringify([kinds, sizes]);
    if (signature === listedFor && clock() - listedAt < fieldsEveryMs / 1000) return model.get().catalog;
    const answer = await askFields();
    const there = new Set(nodes.map(({ name }) => name));
    // What a node that does not answer just now had is not gone.
    const kept = fields.filter(({ node }) => answer.failed.has(node) && there.has(node));
    fields = [...answer.fields, ...kept];
    listedFor = signature;
    listedAt = clock();
    return catalogOf(fields, nodes);
  }

  return { model, now: () => clock() + offset, start: () => void look(), look: () => void look() };
}

/** The timeline of a field, where it is known. */
export function timelineOf(field: Field, { timelines }: SiteModel): Timeline | undefined {
  return timelines.get(timelineKey(field.node, field.timeline));
}

/** The node of a field, where it is there. */
export function nodeOf(field: Pick<Field, 'node'>, { state }: SiteModel): DataNode | undefined {
  return state?.nodes.find(({ name }) => name === field.node);
}
