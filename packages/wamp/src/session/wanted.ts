import type { SisockError } from '@sisock/core';
import type { Logger } from '@sisock/runtime';
import { pause } from './backoff.js';
import type { Link } from './link.js';

/** A registration or subscription that is to be there whenever the session is. */
export interface Wanted {
  readonly uri: string;
  /** Does it on a link; resolves with how to undo it. */
  readonly apply: (link: Link) => Promise<() => Promise<unknown>>;
}

interface Applied {
  readonly link: Link;
  readonly undo: () => Promise<unknown>;
}

/** All that a session wants restored after a loss. */
export class WantedList {
  readonly #log: Logger;
  readonly #retryMs: number;
  readonly #signal: AbortSignal;
  readonly #all = new Map<Wanted, Applied | null>();

  constructor(log: Logger, retryMs: number, signal: AbortSignal) {
    this.#log = log;
    this.#retryMs = retryMs;
    this.#signal = signal;
  }

  /** @throws SisockError what the router says, except its being away: then it is done at the next join. */
  async add(wanted: Wanted, link: Link | null): Promise<void> {
    this.#all.set(wanted, null);
    if (link === null) return;
    try {
      await this.#apply(wanted, link);
    } catch (error) {
      if ((error as SisockError).code === 'unavailable') return;
      this.#all.delete(wanted);
      throw error;
    }
  }

  async remove(wanted: Wanted, link: Link | null): Promise<void> {
    const applied = this.#all.get(wanted);
    this.#all.delete(wanted);
    if (applied && applied.link === link) await applied.undo().catch(() => undefined);
  }

  /**
   * Does all of them on a new link. What is refused is tried again and again, as the router may still hold a lost session;
   * but not what the session is not allowed any more: that ends it, as it ends a first registration.
   * @throws SisockError `not_authorized`
   */
  async restore(link: Link): Promise<void> {
    let refused: SisockError | null = null;
    await Promise.all(
      [...this.#all.keys()].map(async (wanted) => {
        try {
          await this.#apply(wanted, link);
        } catch (error) {
          const { code } = error as SisockError;
          if (code === 'unavailable') return;
          if (code === 'not_authorized') {
            refused ??= error as SisockError;
            return;
          }
          this.#log.warn({ uri: wanted.uri, reason: (error as Error).message }, 'not restored yet');
          void this.#insist(wanted, link);
        }
      }),
    );
    if (refused !== null) throw refused as SisockError;
  }

  async #insist(wanted: Wanted, link: Link): Promise<void> {
    let lost = false;
    void link.lost.then(() => (lost = true));
    for (;;) {
      await pause(this.#retryMs, this.#signal);
      if (lost || this.#signal.aborted || !this.#all.has(wanted)) return;
      try {
        await this.#apply(wanted, link);
        this.#log.info({ uri: wanted.uri }, 'restored');
        return;
      } catch (error) {
        this.#log.debug({ uri: wanted.uri, reason: (error as Error).message }, 'not restored yet');
      }
    }
  }

  async #apply(wanted: Wanted, link: Link): Promise<void> {
    const undo = await wanted.apply(link);
    if (this.#all.has(wanted)) this.#all.set(wanted, { link, undo });
    else await undo().catch(() => undefined);
  }
}
