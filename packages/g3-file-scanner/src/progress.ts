import type { Logger } from '@sisock/runtime';

interface ProgressOptions {
  readonly log: Logger;
  /** Text for a terminal; without one there are lines in the log. */
  readonly terminal?: ((text: string) => void) | undefined;
  /** Milliseconds between two lines in the log. */
  readonly logEveryMs?: number;
  /** Milliseconds of a clock that never steps. */
  readonly now?: () => number;
}

const drawEveryMs = 200;

/** Tells how far a scan is: one line that is written over in a terminal, else a line in the log every few seconds. */
export class Progress {
  readonly #log: Logger;
  readonly #terminal: ((text: string) => void) | undefined;
  readonly #everyMs: number;
  readonly #now: () => number;
  readonly #started: number;
  #toldAt: number;
  #drawn = false;
  #files = 0;
  #bytes = 0;
  #allFiles = 0;
  #allBytes = 0;

  constructor({ log, terminal, logEveryMs = 10_000, now = () => performance.now() }: ProgressOptions) {
    this.#log = log;
    this.#terminal = terminal;
    this.#everyMs = terminal ? drawEveryMs : logEveryMs;
    this.#now = now;
    this.#started = this.#toldAt = now();
  }

  /** So much is to be done. */
  expect(files: number, bytes: number): void {
    this.#allFiles += files;
    this.#allBytes += bytes;
  }

  file(): void {
    this.#files++;
    this.#tell();
  }

  bytes(n: number): void {
    this.#bytes += n;
    this.#tell();
  }

  /** Files and bytes that are left, and seconds that this takes; null while that is unknown. */
  left(): { readonly files: number; readonly bytes: number; readonly seconds: number | null } {
    const files = Math.max(0, this.#allFiles - this.#files);
    const bytes = Math.max(0, this.#allBytes - this.#bytes);
    const done = this.#allBytes > 0 ? this.#bytes / this.#allBytes : this.#files / Math.max(1, this.#allFiles);
    const seconds = files === 0 ? 0 : done > 0 ? (this.#seconds() * Math.max(0, 1 - done)) / done : null;
    return { files, bytes, seconds };
  }

  /** Leaves the terminal's line empty. */
  end(): void {
    if (this.#drawn) this.#terminal?.('\r\x1b[K');
    this.#drawn = false;
  }

  #seconds(): number {
    return (this.#now() - this.#started) / 1000;
  }

  #tell(): void {
    if (this.#now() - this.#toldAt < this.#everyMs) return;
    this.#toldAt = this.#now();
    const { seconds } = this.left();
    const rate = this.#bytes / 1e6 / Math.max(0.001, this.#seconds());
    if (this.#terminal) {
      this.#drawn = true;
      const eta = seconds === null ? '' : `, ${span(seconds)} left`;
      this.#terminal(`\r${this.#files} of ${this.#allFiles} files, ${rate.toFixed(0)} MB/s${eta}\x1b[K`);
      return;
    }
    this.#log.info(
      { files: this.#files, of: this.#allFiles, mbPerSec: Math.round(rate), etaSec: seconds && Math.round(seconds) },
      'scanning',
    );
  }
}

/** Seconds as a person says them: `8 s`, `3 min 20 s`, `2 h 5 min`. */
export function span(seconds: number): string {
  const s = Math.round(seconds);
  if (s < 60) return `${s} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${s % 60} s`;
  return `${Math.floor(s / 3600)} h ${Math.floor((s % 3600) / 60)} min`;
}
