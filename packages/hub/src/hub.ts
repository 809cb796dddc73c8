import { setTimeout as delay } from 'node:timers/promises';
import { SisockError } from '@sisock/core';
import type { Logger, Service } from '@sisock/runtime';
import type { Announcement } from './arguments.js';
import { type Entry, Registry } from './registry.js';
import type { RouterFacts } from './router-facts.js';
import type { Store } from './store.js';

/** A data node as consumers see it. `features` is left out where there is none, as the original knew none. */
export interface NodeListing {
  readonly name: string;
  readonly description: string;
  readonly features?: readonly string[];
}

interface HubParts {
  readonly facts: RouterFacts;
  readonly store: Store;
  readonly log: Logger;
  readonly graceMs: number;
  readonly maxNodes: number;
  readonly announce: (topic: 'added' | 'subtracted', node: NodeListing) => void;
  readonly onRefused: () => void;
}

/** How often a holder that should be gone is asked for, within the grace. */
const askAgainMs = 250;

/** Decides who holds which name. */
export class Hub implements Service {
  readonly #parts: HubParts;
  readonly #registry = new Registry();
  readonly #busy = new Map<string, Promise<unknown>>();
  readonly #closing = new AbortController();

  constructor(parts: HubParts) {
    this.#parts = parts;
  }

  nodes(): readonly NodeListing[] {
    return this.#registry.entries().map(listing);
  }

  /** True when the name is the session's from now on (or was already). One at a time a name. */
  add(node: Announcement): Promise<boolean> {
    return this.#inTurn(node.name, () => this.#add(node));
  }

  /** True when the session held the name and now does not. */
  subtract(name: string, session: number): Promise<boolean> {
    return this.#inTurn(name, () => {
      const held = this.#registry.get(name)?.holders.has(session) === true;
      this.#gone(this.#registry.release(name, session), 'it took itself off');
      return Promise.resolve(held);
    });
  }

  /** A session left the router. */
  left(session: number): void {
    for (const entry of this.#registry.releaseAll(session)) this.#gone(entry, 'its session left');
  }

  /** After a loss of the router: nodes that come back add themselves; those that don't are dropped after the grace. */
  async rejoined(): Promise<void> {
    await this.rebuild();
    await this.#pause(this.#parts.graceMs);
    if (this.#closing.signal.aborted) return;
    await this.rebuild();
    await this.check();
  }

  /** Drops holders whose session the router does not know. */
  async check(): Promise<void> {
    const holders = this.#registry.holders();
    if (holders.size === 0 || this.#closing.signal.aborted) return;
    const sessions = await this.#parts.facts.sessions();
    if (sessions === null) return;
    for (const holder of holders) if (!sessions.has(holder)) this.left(holder);
  }

  /** Takes in nodes that serve already and are not listed: the original's add themselves only once. */
  async rebuild(): Promise<void> {
    const { facts, store, log } = this.#parts;
    const [remembered, serving] = await Promise.all([store.load(), facts.servingNodes()]);
    for (const [name, { sessions, features }] of serving) {
      const listed = this.#registry.get(name);
      if (listed !== undefined) {
        // Who serves under the name is its holder, whatever was known before the router went.
        const isHeld = sessions.some((session) => listed.holders.has(session));
        if (!isHeld) this.#registry.restore({ ...listed, holders: new Set(sessions) });
        continue;
      }
      const known = remembered.get(name);
      const entry: Entry = {
        name,
        description: known?.description ?? '',
        features: known === undefined ? features : known.features.filter((f) => features.includes(f)),
        replica: known?.replica === true || sessions.length > 1,
        holders: new Set(sessions),
      };
      this.#registry.restore(entry);
      log.info({ node: name }, 'data node found');
      this.#parts.announce('added', listing(entry));
    }
    if (serving.size > 0) this.#save();
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#parts.store.settled();
  }

  async #add(node: Announcement): Promise<boolean> {
    const { name, session } = node;
    const { log, maxNodes } = this.#parts;
    const before = this.#registry.get(name);
    if (before === undefined && this.#registry.size >= maxNodes) {
      throw new SisockError('too_large', `there are ${maxNodes} data nodes already, the most allowed`);
    }
    const isReplica = before !== undefined && before.replica && node.replica;
    const isHolder = before !== undefined && before.holders.has(session);
    if (before !== undefined && !isHolder && !isReplica && (await this.#isHeld(name))) {
      this.#parts.onRefused();
      log.warn({ node: name, session, holders: [...before.holders] }, 'refused: the name is held by a living session');
      return false;
    }
    const now = this.#registry.get(name);
    const keep = isHolder || isReplica ? (now?.holders ?? []) : [];
    const isNew = this.#registry.hold(node, keep);
    const isTold = before !== undefined && sameWords(before, node);
    if (isNew || !isTold) this.#parts.announce('added', listing(node));
    if (isNew) log.info({ node: name, session }, 'data node added');
    else if (!isHolder) log.info({ node: name, session }, isReplica ? 'replica added' : 'data node is back');
    if (!isTold) this.#save();
    return true;
  }

  /** Asks the router for the holders until they are gone or the grace is over. */
  async #isHeld(name: string): Promise<boolean> {
    const { facts, graceMs } = this.#parts;
    for (let waited = 0; ; waited += askAgainMs) {
      const holders = [...(this.#registry.get(name)?.holders ?? [])];
      const alive = await Promise.all(holders.map((holder) => facts.isAlive(holder)));
      if (alive.every((a) => a === false)) return false;
      if (waited >= graceMs || this.#closing.signal.aborted) return true;
      await this.#pause(askAgainMs);
    }
  }

  #gone(entry: Entry | null, why: string): void {
    if (entry === null) return;
    this.#parts.log.info({ node: entry.name, why }, 'data node subtracted');
    const { name, description } = entry;
    this.#parts.announce('subtracted', { name, description });
    this.#save();
  }

  #save(): void {
    this.#parts.store.save(this.#registry.entries());
  }

  #inTurn<T>(name: string, run: () => Promise<T>): Promise<T> {
    const turn = (this.#busy.get(name) ?? Promise.resolve()).then(run);
    const done = turn.then(
      () => undefined,
      () => undefined,
    );
    this.#busy.set(name, done);
    void done.then(() => {
      if (this.#busy.get(name) === done) this.#busy.delete(name);
    });
    return turn;
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#closing.signal }).catch(() => undefined);
  }
}

function listing({ name, description, features }: Pick<Entry, 'name' | 'description' | 'features'>): NodeListing {
  return { name, description, ...(features.length === 0 ? {} : { features }) };
}

function sameWords(a: Entry, b: Announcement): boolean {
  return a.description === b.description && a.replica === b.replica && a.features.join() === b.features.join();
}
