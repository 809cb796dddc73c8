import { addEffort, type Effort, type FileEvent, type FileResult, noEffort } from './file-result.js';

/** What a walk over all files came to. */
export interface ScanReport extends Effort {
  readonly seconds: number;
  /** g3 files that are there. */
  readonly files: number;
  /** Files by what came of them. */
  readonly events: Readonly<Record<FileEvent, number>>;
  /** Files that are known to be damaged, after the scan. */
  readonly damaged: number;
  /** Compressed g3 files, which can't be served. */
  readonly compressed: number;
  /** Files and directories that could not be looked at, with the reason. */
  readonly unseen: readonly { readonly path: string; readonly why: string }[];
}

/** Gathers what comes of files. */
export class Tally {
  readonly #events = { same: 0, added: 0, grown: 0, replaced: 0, gone: 0, unreadable: 0, failed: 0 };
  #effort = noEffort;
  #opened = 0;

  add({ what, ...effort }: FileResult): void {
    this.#events[what]++;
    this.#opened += effort.opened;
    this.#effort = addEffort(this.#effort, effort);
  }

  same(files: number): void {
    this.#events.same += files;
  }

  get bytes(): number {
    return this.#effort.bytes;
  }

  result(): Effort & Pick<ScanReport, 'events'> {
    return { ...this.#effort, opened: this.#opened, events: { ...this.#events } };
  }
}

/** The report as text for a person. */
export function describeReport(report: ScanReport): string {
  const { files, seconds, bytes, blocks, samples, events, damaged, compressed, unseen } = report;
  const counts = [
    ...(['added', 'grown', 'replaced', 'gone', 'unreadable', 'failed'] as const).map((event) => ({
      n: events[event],
      what: event,
    })),
    { n: damaged, what: 'damaged' },
    { n: compressed, what: 'compressed and left out' },
  ];
  const parts = counts.filter(({ n }) => n > 0).map(({ n, what }) => `${n} ${what}`);
  return [
    `${files} files in ${seconds.toFixed(1)} s: ${parts.length > 0 ? parts.join(', ') : 'nothing new'}`,
    `${(bytes / 1e6).toFixed(1)} MB read, ${blocks} blocks and ${samples} samples indexed`,
    ...unseen.slice(0, 10).map(({ path, why }) => `${path} could not be looked at: ${why}`),
    ...(unseen.length > 10 ? [`... and ${unseen.length - 10} more`] : []),
    '',
  ].join('\n');
}
