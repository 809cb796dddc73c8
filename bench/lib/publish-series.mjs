import { connectSession } from '@sisock/wamp';

const valuesAtOnce = 6_000;
const messagesUnderway = 16;

/**
 * Publishes series as OCS agents do, an agent `bench-<feed>` each, with times `shift` seconds later. Each message is
 * acknowledged by the router; the samples are in a feed node's buffer a moment later.
 */
export async function publishSeries(url, series, columns, shift) {
  const session = connectSession({ url, serializers: ['cbor'] });
  await session.ready;
  for (const one of series) {
    const underway = new Set();
    const rowsAtOnce = Math.max(1, Math.floor(valuesAtOnce / one.names.length));
    for (let from = 0; from < one.count; from += rowsAtOnce) {
      const to = Math.min(one.count, from + rowsAtOnce);
      if (underway.size >= messagesUnderway) await Promise.race(underway);
      const published = session.publish(topicOf(one), eventOf(one, columns, from, to, shift));
      const done = published.finally(() => underway.delete(done));
      underway.add(done);
    }
    await Promise.all(underway);
  }
  await session.close();
}

/** Address of a series' feed, and the beginning of its fields' names. */
export function topicOf({ feed }) {
  return `observatory.bench-${feed}.feeds.${feed}`;
}

function eventOf(series, columns, from, to, shift) {
  const { feed, start, names } = series;
  const data = Object.fromEntries(names.map((name) => [name, Array.from(columns(series, name, from, to))]));
  const timestamps = Array.from({ length: to - from }, (_, i) => start + shift + from + i);
  const info = {
    agent_address: `observatory.bench-${feed}`,
    agg_params: { frame_length: 60 },
    feed_name: feed,
    address: topicOf(series),
    record: true,
    session_id: '1700000000.5',
    agent_class: 'BenchAgent',
  };
  return [[{ [feed]: { block_name: feed, data, timestamps, influxdb_tags: null } }, info]];
}
