import { type Clock, toSisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { type AgentOptions, Agents, defaultAgentOptions } from './agents.js';
import type { FeedInfo } from './feed-info.js';
import { BufferClock } from './buffer-clock.js';
import {
  defaultStoreOptions,
  FeedStore,
  type FormerRows,
  type RowLog,
  type Stored,
  type StoreOptions,
} from './feed-store.js';
import type { FieldNaming } from './field-names.js';
import { defaultEventLimits, type EventLimits, type FeedEvent, parseEvent } from './parse-event.js';

export interface IntakeOptions {
  readonly naming: FieldNaming;
  readonly clock: Clock;
  readonly log: Logger;
  readonly store?: Partial<StoreOptions>;
  readonly agents?: Partial<AgentOptions>;
  readonly limits?: Partial<EventLimits>;
  /** Seconds that only pass, whatever becomes of the clock; by default the clock itself is trusted. */
  readonly monotonic?: Clock;
  /** Keeps the rows beyond the life of the process. */
  readonly rowLog?: RowLog;
  /** Told of everything that is counted. */
  readonly count?: (what: Counted, n: number) => void;
}

/** What is counted of events and samples. A sample is one row of a block. */
export type Counted =
  | 'events'
  | 'bad_events'
  | 'free_form'
  | 'heartbeats'
  | 'samples'
  | 'late'
  | 'repeated'
  | 'too_old'
  | 'future'
  | 'bad_blocks'
  | 'bad_fields'
  | 'bad_rows'
  | 'bad_values'
  | 'absent'
  | 'mixed_fields'
  | 'refused_blocks'
  | 'refused_fields';

const counted: readonly Counted[] = [
  ...(['events', 'bad_events', 'free_form', 'heartbeats', 'samples', 'late', 'repeated', 'too_old', 'future'] as const),
  ...(['bad_blocks', 'bad_fields', 'bad_rows', 'bad_values', 'absent', 'mixed_fields'] as const),
  ...(['refused_blocks', 'refused_fields'] as const),
];

const complainEverySec = 60;
const maxComplaints = 1_000;

/** The way in: events become rows, life signs and counts. Whatever comes, it goes on. */
export class FeedIntake {
  readonly store: FeedStore;
  readonly agents: Agents;
  readonly #clock: Clock;
  readonly #bufferClock: BufferClock;
  readonly #log: Logger;
  readonly #limits: EventLimits;
  readonly #bufferSec: number;
  readonly #tell: ((what: Counted, n: number) => void) | undefined;
  readonly #counters = new Map<Counted, number>(counted.map((what) => [what, 0]));
  readonly #complained = new Map<string, number>();

  constructor({ naming, clock, monotonic = clock, log, store, agents, limits, rowLog, count }: IntakeOptions) {
    const options = { ...defaultStoreOptions, ...store };
    this.store = new FeedStore(naming, options, newRun(clock), rowLog);
    this.#bufferClock = new BufferClock(clock, monotonic, options.bufferSec);
    this.agents = new Agents({ ...defaultAgentOptions, ...agents });
    this.#clock = clock;
    this.#log = log;
    this.#limits = { ...defaultEventLimits, ...limits };
    this.#bufferSec = options.bufferSec;
    this.#tell = count;
  }

  get counters(): Readonly<Record<Counted, number>> {
    return Object.fromEntries(this.#counters) as Record<Counted, number>;
  }

  accept(args: readonly unknown[], topic?: string): void {
    this.#count('events', 1);
    const now = this.#clock();
    try {
      this.#take(parseEvent(args, topic, this.#limits), now);
    } catch (thrown) {
      this.#count('bad_events', 1);
      const error = toSisockError(thrown);
      const details = error.code === 'internal' ? { err: thrown } : {};
      this.#complain(`event ${topic ?? ''}`, now, { topic, ...details }, `event ignored: ${error.message}`);
    }
  }

  /** Takes rows of a former run; to be called before anything else is accepted. */
  restore(rows: FormerRows, lastSeen: number): boolean {
    this.agents.seen(rows.feed, lastSeen);
    return this.store.restore(rows, this.#bufferClock.now());
  }

  /** Gives up what is older than the buffer. */
  trim(): void {
    this.store.trim(this.#bufferClock.now());
  }

  #take(event: FeedEvent, now: number): void {
    switch (event.kind) {
      case 'heartbeat':
        this.#count('heartbeats', 1);
        this.agents.heartbeat(event.feed, event.operations, now);
        return;
      case 'operations':
        this.agents.seen(event.feed, now);
        this.agents.registered(event.operations);
        return;
      case 'free-form':
        this.#count('free_form', 1);
        this.agents.seen(event.feed, now);
        return;
      case 'samples':
        this.agents.seen(event.feed, now);
        this.#takeSamples(event, now);
    }
  }

  #takeSamples({ feed, blocks, problems, counts }: FeedEvent & { kind: 'samples' }, now: number): void {
    this.#count('bad_blocks', counts.badBlocks);
    this.#count('bad_fields', counts.badFields);
    this.#count('bad_rows', counts.badRows);
    this.#count('bad_values', counts.badValues);
    this.#count('absent', counts.absent);
    this.#count('mixed_fields', counts.mixedFields);
    if (problems.length > 0) {
      this.#complain(`parts ${feed.address}`, now, { feed: feed.address, problems }, 'parts of an event ignored');
    }
    const keptNow = this.#bufferClock.now();
    for (const block of blocks) {
      const stored = this.store.add(feed, block, now, keptNow);
      if (stored) this.#note(feed, block.blockName, stored, now);
      else {
        this.#count('refused_blocks', 1);
        this.#complain('blocks', now, { feed: feed.address, block: block.blockName }, 'block refused: too many blocks');
      }
    }
  }

  #note({ address }: FeedInfo, block: string, { rows, refusedFields }: Stored, now: number): void {
    this.#count('samples', rows.accepted);
    this.#count('late', rows.late);
    this.#count('repeated', rows.repeated);
    this.#count('too_old', rows.tooOld);
    this.#count('future', rows.future);
    this.#count('refused_fields', refusedFields);
    const place = { feed: address, block };
    if (rows.future > 0) {
      const text = 'samples refused: their times are too far in the future (a wrong clock at the agent or here?)';
      this.#complain(`future ${address}`, now, { ...place, rows: rows.future }, text);
    }
    if (rows.tooOld > 0) {
      const text = `samples refused: older than the ${this.#bufferSec} s that are kept`;
      this.#complain(`old ${address}`, now, { ...place, rows: rows.tooOld }, text);
    }
    if (refusedFields > 0) {
      this.#complain('fields', now, { ...place, fields: refusedFields }, 'fields refused: too many fields');
    }
  }

  #count(what: Counted, n: number): void {
    if (n === 0) return;
    this.#counters.set(what, this.#counters.get(what)! + n);
    this.#tell?.(what, n);
  }

  /** One line a minute for each sort of trouble of each feed: a broken agent repeats itself many times a second. */
  #complain(key: string, now: number, details: object, text: string): void {
    const before = this.#complained.get(key);
    if (before !== undefined && now >= before && now - before < complainEverySec) return;
    if (this.#complained.size >= maxComplaints) this.#complained.clear();
    this.#complained.set(key, now);
    this.#log.warn(details, text);
  }
}

/** A name no other run has: by the clock, and by chance since clocks step. */
function newRun(clock: Clock): string {
  const chance = Math.floor(Math.random() * 36 ** 4);
  return Math.round(clock() * 1e3).toString(36) + chance.toString(36).padStart(4, '0');
}
