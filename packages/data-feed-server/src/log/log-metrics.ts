import type { Metrics } from '@sisock/runtime';
import type { FeedLog } from './feed-log.js';

/** Shows the state of a node's log. */
export function logMetrics(feedLog: FeedLog, node: string, metrics: Metrics): void {
  const gauge = (name: string, help: string, value: () => number | null) => {
    const made = metrics.gauge(`sisock_feed_log_${name}`, help, ['node'], () => {
      const x = value();
      if (x !== null) made.set({ node }, x);
    });
  };
  const counted = (name: string) => () => feedLog.counters[name]!;
  gauge('bytes', 'Bytes of the files of the feed log', counted('log_bytes'));
  gauge('segments', 'Files of the feed log', counted('log_segments'));
  gauge('last_sync_seconds', 'When the feed log was last synced to the disk, UNIX seconds', () => feedLog.lastSync);
  gauge('stalled', '1 while the feed log can not be written', () => (feedLog.isStalled ? 1 : 0));
  gauge('replayed_rows', 'Rows that were taken from the feed log at the start', counted('log_replayed'));
  const told = new Map<string, number>();
  const help = 'Rows of the feed log, by what became of them';
  const rows = metrics.counter('sisock_feed_log_rows_total', help, ['node', 'what'], () => {
    for (const what of ['written', 'dropped']) {
      const n = counted(`log_${what}`)();
      rows.inc({ node, what }, n - (told.get(what) ?? 0));
      told.set(what, n);
    }
  });
}
