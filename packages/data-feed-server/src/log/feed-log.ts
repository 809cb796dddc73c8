import { existsSync, mkdirSync, rmSync, statSync } from 'node:fs';
import { isRunning, type Logger, pathCure, pathErrorCode, processId } from '@sisock/runtime';
import { type Clock, SisockError } from '@sisock/core';
import { BufferClock } from '../buffer-clock.js';
import type { FeedTimeline, FormerRows, RowLog } from '../feed-store.js';
import type { FeedBlock } from '../parse-block.js';
import type { Appended } from '../ring-options.js';
import { Compactor } from './compactor.js';
import { Layouts } from './layouts.js';
import { type LogIo, systemIo } from './log-io.js';
import { LogLock, type Processes } from './log-lock.js';
import { writeLayout, writeRows } from './records.js';
import { listSegments, type ReplayReport, replaySegments } from './replay.js';
import { type SegmentFile, SegmentWriter } from './segment-writer.js';

/**
 * How safe rows are before a reader sees them. `none`: with the operating system, which outlives the process. `interval`:
 * the same, and on the disk a moment later. `each`: on the disk.
 */
export type Durability = 'none' | 'interval' | 'each';

export interface FeedLogOptions {
  readonly directory: string;
  readonly durability: Durability;
  /** Between two syncs with `interval`, s. */
  readonly syncIntervalSec: number;
  /** Files are removed, the oldest first, above this many bytes. */
  readonly maxBytes: number;
  /** Length of the buffer: files of older rows are removed after some slack. */
  readonly bufferSec: number;
  /** How served names are made: those of a log with another way are made anew. */
  readonly naming: string;
  readonly log: Logger;
  readonly clock: Clock;
  readonly monotonic?: Clock;
  readonly limits?: Partial<FeedLogLimits>;
  readonly io?: LogIo;
  readonly processes?: Processes;
}

export interface FeedLogLimits {
  /** A file is finished, and then compacted, when it has so many bytes or is so old. */
  readonly segmentBytes: number;
  readonly segmentSec: number;
  /** Kept in memory while the disk is full. */
  readonly maxPendingBytes: number;
  /** Rows are kept for so long beyond the buffer. */
  readonly slackSec: number;
  /** Between two looks after age, limits and trouble, in ms. */
  readonly tendEveryMs: number;
}

export const defaultFeedLogLimits: FeedLogLimits = {
  segmentBytes: 16_777_216,
  segmentSec: 600,
  maxPendingBytes: 8_388_608,
  slackSec: 600,
  tendEveryMs: 1000,
};

/** How often other machines are shown that the holder of the lock lives, in s. */
const touchEverySec = 5;

/** Rows of a node in files, so that they outlive it. Nothing of it throws once it is open: serving goes on without it. */
export class FeedLog implements RowLog {
  readonly #o: FeedLogOptions;
  readonly #limits: FeedLogLimits;
  readonly #files: SegmentFile[];
  readonly #writer: SegmentWriter;
  readonly #compactor: Compactor;
  readonly #bufferClock: BufferClock;
  readonly #monotonic: Clock;
  readonly #timers: NodeJS.Timeout[] = [];
  #lock: LogLock | null = null;
  #layouts: Layouts;
  #layoutsOf: SegmentFile | null = null;
  #openedAt = 0;
  #touchedAt = -Infinity;
  #lastSync: number | null = null;
  #written = 0;
  #dropped = 0;
  #replayed = 0;
  #toldDropped = 0;
  /** What keeps it from writing, and what mends that; null while it can. */
  #trouble: string | null = null;

  /**
   * Takes the directory for this process. A disk that is full or read-only is told and tried again.
   * @throws SisockError `bad_setting` when another process writes there or it is no directory.
   */
  constructor(options: FeedLogOptions) {
    this.#o = options;
    this.#limits = { ...defaultFeedLogLimits, ...options.limits };
    this.#monotonic = options.monotonic ?? (() => performance.now() / 1000);
    this.#layouts = new Layouts(options.naming);
    const { directory, io = systemIo, log, clock, bufferSec, durability } = options;
    try {
      this.#prepare();
    } catch (thrown) {
      const { code } = thrown as { code?: string };
      if (code === 'bad_setting') throw thrown;
      if (code === 'ENOTDIR' || code === 'EEXIST') {
        throw new SisockError('bad_setting', `FEED_LOG ${directory} is no directory`, { cause: thrown });
      }
      this.#failed(thrown);
    }
    const { files, nextNumber } = listSegments(directory);
    this.#files = files;
    const last = files.at(-1);
    const before = last && statSync(last.path).mtimeMs / 1000;
    this.#bufferClock = new BufferClock(clock, this.#monotonic, bufferSec + this.#limits.slackSec, before);
    this.#compactor = new Compactor({
      ...{ directory, io, log },
      isWanted: (file) => this.#files.includes(file),
      onGone: (file) => this.#files.splice(this.#files.indexOf(file), 1),
    });
    this.#writer = new SegmentWriter({
      ...{ directory, io, firstNumber: nextNumber, ...this.#limits, syncs: durability !== 'none' },
      prepare: () => this.#prepare(),
      onSealed: (file) => this.#compactor.add(file),
      onTrouble: (error) => this.#failed(error),
      onSynced: (files) => this.#synced(files),
      onRecovered: () => this.#recovered(),
    });
  }

  /** Gives what former runs have kept to `restore`, and begins to tend the files. To be called once, before rows come. */
  async replay(restore: (rows: FormerRows, lastSeen: number) => boolean): Promise<ReplayReport> {
    const { naming, log, clock } = this.#o;
    const report = await replaySegments(this.#files, naming, clock, restore);
    const files = this.#files.splice(0).filter(({ path }) => !report.unreadable.includes(path));
    this.#files.push(...files);
    this.#replayed = report.rows;
    for (const { file, damage } of report.damaged) {
      const bytes = damage.reduce((sum, one) => sum + one.bytes, 0);
      const [first] = damage;
      const details = { file: file.path, offset: first!.offset, bytes, places: damage.length, why: first!.why };
      log.warn(details, 'feed log: part of a file is lost, the rest is replayed');
      this.#compactor.add(file);
    }
    for (const path of report.unreadable)
      log.warn({ file: path }, 'feed log: a file can not be read, it is left alone');
    const { rows, seconds } = report;
    if (files.length > 0) log.info({ rows, files: files.length, seconds }, 'feed log replayed');
    for (const file of files) if (!file.packed) this.#compactor.add(file);
    this.#timers.push(setInterval(() => this.#tend(), this.#limits.tendEveryMs));
    if (this.#o.durability === 'interval') {
      this.#timers.push(setInterval(() => this.#syncNow(), this.#o.syncIntervalSec * 1000));
    }
    return report;
  }

  append(timeline: FeedTimeline, { t, columns }: FeedBlock, { order }: Appended, firstArrival: number): void {
    const n = order ? order.length : t.length;
    if (!this.#writer.hasRoom) {
      this.#dropped += n;
      return;
    }
    const newest = t[order ? order[n - 1]! : n - 1]!;
    const out = this.#writer.begin(newest);
    if (this.#layoutsOf !== this.#writer.file) {
      this.#layoutsOf = this.#writer.file;
      this.#layouts = new Layouts(this.#o.naming);
      this.#openedAt = this.#monotonic();
      this.#files.push(this.#layoutsOf!);
    }
    const { layout, isNew } = this.#layouts.find(timeline, columns);
    if (isNew) writeLayout(out, layout);
    writeRows(out, layout, { t, columns, firstArrival, revision: timeline.ring.finality.revision }, order);
    this.#written += n;
    this.#writer.end();
  }

  settled(): Promise<void> | null {
    const writer = this.#writer;
    if (writer.isStalled) return null;
    writer.flush();
    if (this.#o.durability !== 'each' || writer.isStalled || writer.isSynced) return null;
    return writer.sync();
  }

  get counters(): Readonly<Record<string, number>> {
    return {
      log_bytes: this.#files.reduce((sum, { bytes }) => sum + bytes, 0),
      log_segments: this.#files.length,
      log_written: this.#written,
      log_replayed: this.#replayed,
      log_dropped: this.#dropped,
    };
  }

  /** True while nothing can be written. */
  get isStalled(): boolean {
    return this.#writer.isStalled;
  }

  /** Why rows are not kept just now, and what mends it, in one line; null while they are. */
  get problem(): string | null {
    return this.#trouble;
  }

  /** UNIX seconds of the last sync; null before the first. */
  get lastSync(): number | null {
    return this.#lastSync;
  }

  /** Resolves when no finished file waits for its compaction. */
  async compacted(): Promise<void> {
    await this.#compactor.idle();
  }

  async close(): Promise<void> {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
    await this.#compactor.close();
    await this.#writer.close();
    try {
      this.#lock?.release();
    } catch {
      // A lock of a process that is gone holds nobody up.
    }
    this.#lock = null;
  }

  #prepare(): void {
    const { directory, processes = { pid: processId(), isRunning }, clock } = this.#o;
    mkdirSync(directory, { recursive: true });
    if (this.#lock !== null) return;
    this.#lock = LogLock.take(directory, processes, clock());
    this.#recovered();
  }

  #synced(files: number): void {
    this.#lastSync = this.#o.clock();
    if (files > 0 && !this.#writer.isStalled) this.#recovered();
  }

  #syncNow(): void {
    this.#writer.flush();
    if (!this.#writer.isSynced) void this.#writer.sync();
  }

  /** What is due now and then: a new try, the file's age, the limits. */
  #tend(): void {
    const writer = this.#writer;
    if (writer.isStalled) writer.flush();
    else if (this.#lock === null) this.#tryAgain();
    const { file } = writer;
    if (file && !writer.isStalled && file.bytes > 0) {
      if (!existsSync(file.path)) {
        this.#o.log.warn({ file: file.path }, 'feed log: the file was taken away; going on in a new one');
        writer.seal();
        this.#forget(file);
      } else if (this.#monotonic() - this.#openedAt >= this.#limits.segmentSec) writer.seal();
    }
    this.#keepWithinLimits();
    const now = this.#monotonic();
    if (this.#lock && now - this.#touchedAt >= touchEverySec) {
      this.#touchedAt = now;
      try {
        this.#lock.touch(this.#o.clock());
      } catch {
        // Told where it matters: by the next write.
      }
    }
  }

  #keepWithinLimits(): void {
    const oldest = this.#bufferClock.now() - this.#o.bufferSec - this.#limits.slackSec;
    let bytes = this.#files.reduce((sum, file) => sum + file.bytes, 0);
    for (const file of [...this.#files]) {
      if (file === this.#writer.file || (bytes <= this.#o.maxBytes && file.newest >= oldest)) continue;
      bytes -= file.bytes;
      this.#forget(file);
    }
  }

  #forget(file: SegmentFile): void {
    const at = this.#files.indexOf(file);
    if (at >= 0) this.#files.splice(at, 1);
    try {
      rmSync(file.path, { force: true });
    } catch (error) {
      this.#o.log.warn(
        { file: file.path, code: (error as { code?: string }).code },
        'feed log: a file can not be removed',
      );
    }
  }

  /** The directory could not be had, and no rows come that would ask for it. */
  #tryAgain(): void {
    try {
      this.#prepare();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    const isNews = this.#trouble === null;
    const { directory, log } = this.#o;
    const code = pathErrorCode(error);
    this.#trouble =
      error instanceof SisockError
        ? error.message
        : `feed log ${directory} can't be written: ${code}; ${pathCure(code, 'write')}`;
    const details = { directory, code, reason: (error as { message?: string }).message };
    if (isNews) log.warn(details, `${this.#trouble}: serving goes on, what comes now is lost with the process`);
  }

  #recovered(): void {
    if (this.#trouble === null) return;
    this.#trouble = null;
    const rows = this.#dropped - this.#toldDropped;
    this.#toldDropped = this.#dropped;
    this.#o.log.info({ directory: this.#o.directory, rowsNotKept: rows }, 'feed log is written again');
  }
}
