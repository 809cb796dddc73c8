import type { Metrics } from '@sisock/runtime';
import type { FileResult } from './file-result.js';
import type { JobStep } from './index-job.js';
import type { ScanReport } from './scan-report.js';

/** What is asked for when somebody looks at the metrics. */
export interface ScannerState {
  readonly files: () => Readonly<Record<string, number>>;
  readonly queue: () => number;
  readonly left: () => { readonly bytes: number; readonly seconds: number | null } | null;
  readonly isDatabaseThere: () => boolean;
}

export interface ScannerMetrics {
  file(result: FileResult): void;
  step(step: JobStep): void;
  scan(report: ScanReport): void;
  /** UNIX seconds of the newest sample that was indexed; null before the first. */
  newest(): number | null;
}

const ticksPerSecond = 1e8;

export function createScannerMetrics(metrics: Metrics, state: ScannerState): ScannerMetrics {
  const events = metrics.counter('sisock_scanner_file_events_total', 'Files by what came of them', ['event']);
  const bytes = metrics.counter('sisock_scanner_bytes_total', 'Bytes of g3 files that were indexed');
  const blocks = metrics.counter('sisock_scanner_blocks_total', 'Blocks of frames that were indexed');
  const samples = metrics.counter('sisock_scanner_samples_total', 'Samples in the blocks that were indexed');
  const passed = metrics.counter('sisock_scanner_damaged_total', 'Times a file was found damaged');
  const opened = metrics.counter('sisock_scanner_files_opened_total', 'Times a g3 file was opened');
  const files = metrics.gauge(
    'sisock_scanner_files',
    'Files that are known, by how their indexing ended',
    ['outcome'],
    () => {
      for (const [outcome, n] of Object.entries(state.files())) files.set({ outcome }, n);
    },
  );
  const queue = metrics.gauge('sisock_scanner_queue_files', 'Files that wait to be indexed', [], () => {
    queue.set(state.queue());
  });
  const left = metrics.gauge('sisock_scanner_left_bytes', 'Bytes that the scan under way has before it', [], () => {
    left.set(state.left()?.bytes ?? 0);
  });
  const eta = metrics.gauge(
    'sisock_scanner_left_seconds',
    'Seconds that the scan under way will take; NaN: unknown',
    [],
    () => {
      const now = state.left();
      eta.set(now === null ? 0 : (now.seconds ?? NaN));
    },
  );
  const there = metrics.gauge('sisock_scanner_database_up', '1 while the database answers', [], () => {
    there.set(state.isDatabaseThere() ? 1 : 0);
  });
  const lastSeconds = metrics.gauge('sisock_scanner_last_scan_seconds', 'Seconds that the last scan took');
  const newest = metrics.gauge('sisock_scanner_newest_data_seconds', 'UNIX time of the newest sample that was indexed');
  let newestTick: bigint | null = null;
  return {
    file({ what, opened: n }) {
      events.inc({ event: what });
      opened.inc(n);
    },
    step(step) {
      bytes.inc(step.bytes);
      blocks.inc(step.blocks.length);
      samples.inc(step.blocks.reduce((n, block) => n + block.count, 0));
      if (step.file.outcome === 'damaged') passed.inc();
      for (const { maxTick, count } of step.blocks) {
        if (count > 0 && (newestTick === null || maxTick > newestTick)) newestTick = maxTick;
      }
      if (newestTick !== null) newest.set(Number(newestTick) / ticksPerSecond);
    },
    scan: (report) => lastSeconds.set(report.seconds),
    newest: () => (newestTick === null ? null : Number(newestTick) / ticksPerSecond),
  };
}
