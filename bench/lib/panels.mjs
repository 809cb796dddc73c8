/* The queries of the suites `serve` and `memory`, for every system. */
import { join } from 'node:path';
import { day, end, series, values, version } from './dataset.mjs';
import { feedAddress, makeTree } from './g3-tree.mjs';
import { cacheDir } from './peer-store.mjs';
import { topicOf } from './publish-series.mjs';
import { panelQuery, rawQuery } from './sisock-queries.mjs';

const [, wide] = series;
const buckets = 1000;

export const panels = [
  { name: 'q30', text: '1 field, 30 days', feed: 'long', fields: ['value'], seconds: 30 * day },
  { name: 'q1', text: '1 field, 1 day', feed: 'wide', fields: [wide.names[3]], seconds: day },
  { name: 'q10', text: '10 fields, 6 hours', feed: 'wide', fields: wide.names.slice(0, 10), seconds: day / 4 },
  { name: 'raw', text: '86,400 samples of 1 field', feed: 'wide', fields: [wide.names[5]], seconds: day, raw: true },
];

/** The tree of g3 files that holds the data set; made at the first need. */
export function dataTree() {
  const tree = join(cacheDir, `g3-v${version}`);
  makeTree(tree, series, values);
  return tree;
}

/** What moves the samples to the last full hour: a feed's buffer keeps no older ones than BUFFER_TIME. */
export const feedShift = Math.floor(Date.now() / 1000 / 3600) * 3600 - end;

/** A panel asked of one of our nodes; `feeds` has what was published, every other one what is in the files. */
export function ourQuery(node, { feed, fields, seconds, raw }) {
  const address = node === 'feeds' ? topicOf({ feed }) : feedAddress(feed);
  const names = fields.map((field) => `${node}::${address}.${field}`);
  const to = node === 'feeds' ? end + feedShift : end;
  const range = { from: to - seconds, to, buckets };
  return raw ? rawQuery(names[0], range) : panelQuery(names, range);
}

/** The same asked of a peer: victoria.mjs or influx.mjs. */
export function peerQuery(peer, { feed, fields, seconds, raw }) {
  const range = { from: end - seconds, to: end, buckets };
  return raw ? peer.rawQuery(feed, fields[0], range) : peer.bucketsQuery(feed, fields, range);
}
