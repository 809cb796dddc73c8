import type { Announcement } from './arguments.js';

/** A data node and the sessions that hold its name: one, or several replicas. */
export interface Entry {
  readonly name: string;
  readonly description: string;
  readonly features: readonly string[];
  readonly replica: boolean;
  readonly holders: ReadonlySet<number>;
}

/** Who serves what: the hub's state, without any of its talking. */
export class Registry {
  readonly #entries = new Map<string, Entry>();

  get size(): number {
    return this.#entries.size;
  }

  entries(): readonly Entry[] {
    return [...this.#entries.values()];
  }

  get(name: string): Entry | undefined {
    return this.#entries.get(name);
  }

  /** Makes its session a holder, beside those in `keep`; its words replace what was known. True when the name is new. */
  hold(node: Announcement, keep: Iterable<number> = []): boolean {
    const { name, description, features, replica, session } = node;
    const isNew = !this.#entries.has(name);
    this.#entries.set(name, { name, description, features, replica, holders: new Set([...keep, session]) });
    return isNew;
  }

  /** Takes in what was found at a restart. */
  restore(entry: Entry): void {
    this.#entries.set(entry.name, entry);
  }

  /** Takes a name from a session. The entry when nobody holds it any more and it is gone. */
  release(name: string, session: number): Entry | null {
    const entry = this.#entries.get(name);
    if (entry === undefined || !entry.holders.has(session)) return null;
    const holders = new Set(entry.holders);
    holders.delete(session);
    if (holders.size > 0) {
      this.#entries.set(name, { ...entry, holders });
      return null;
    }
    this.#entries.delete(name);
    return entry;
  }

  /** Takes all names from a session; the entries that are gone by that. */
  releaseAll(session: number): readonly Entry[] {
    return this.entries().flatMap(({ name }) => this.release(name, session) ?? []);
  }

  /** Every session that holds a name. */
  holders(): ReadonlySet<number> {
    return new Set(this.entries().flatMap(({ holders }) => [...holders]));
  }
}
