import type { Logger } from '@sisock/runtime';
import { span } from '../progress.js';

interface FillProgressOptions {
  readonly log: Logger;
  /** Text for a terminal; without one there are lines in the log. */
  readonly terminal?: ((text: string) => void) | undefined;
  /** Milliseconds between two lines in the log. */
  readonly logEveryMs?: number;
  /** Milliseconds of a clock that never steps. */
  readonly now?: () => number;
}

const drawEveryMs = 200;

/** Tells how far the filling of tiles is. */
export class FillProgress {
  readonly #options: FillProgressOptions;
  readonly #now: () => number;
  #started = 0;
  #toldAt = 0;
  #drawn = false;
  #done = 0;
  #of = 0;

  constructor(options: FillProgressOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
  }

  begin(): void {
    this.#started = this.#toldAt = this.#now();
    this.#done = this.#of = 0;
  }

  tell(done: number, of: number): void {
    this.#done = done;
    this.#of = of;
    const { log, terminal, logEveryMs = 60_000 } = this.#options;
    if (this.#now() - this.#toldAt < (terminal ? drawEveryMs : logEveryMs)) return;
    this.#toldAt = this.#now();
    const { seconds } = this.left();
    if (terminal) {
      this.#drawn = true;
      const eta = seconds === null ? '' : `, ${span(seconds)} left`;
      return terminal(`\r${done} of ${of} tiles${eta}\x1b[K`);
    }
    log.info({ tiles: done, of, etaSec: seconds && Math.round(seconds) }, 'filling tiles');
  }

  /** Tiles of the finest levels that are left, and seconds that this takes; null while that is unknown. */
  left(): { readonly tiles: number; readonly seconds: number | null } {
    const tiles = Math.max(0, this.#of - this.#done);
    const spent = (this.#now() - this.#started) / 1000;
    return { tiles, seconds: tiles === 0 ? 0 : this.#done > 0 ? (spent * tiles) / this.#done : null };
  }

  /** Leaves the terminal's line empty. */
  end(): void {
    if (this.#drawn) this.#options.terminal?.('\r\x1b[K');
    this.#drawn = false;
    this.#of = this.#done;
  }
}
