/** An event of one agent with rows at the given times, as its publisher hands it to a session. */
export function eventOf(agent, names, times) {
  const data = Object.fromEntries(names.map((name, k) => [name, times.map((t) => Math.sin(t + k))]));
  const info = {
    agent_address: `observatory.agent${agent}`,
    agg_params: { frame_length: 60 },
    feed_name: 'temps',
    address: topicOf(agent),
    record: true,
    session_id: '1700000000.5',
    agent_class: 'FakeDataAgent',
  };
  return [[{ temps: { block_name: 'temps', data, timestamps: times, influxdb_tags: null } }, info]];
}

export function topicOf(agent) {
  return `observatory.agent${agent}.feeds.temps`;
}

/** How agents publish: fields of a block, and samples of each in one message. */
export const shapes = [
  { name: '10 fields a block, a message a sample', fieldsOfBlock: 10, samplesAtOnce: 1 },
  { name: '1 field a block, a message a sample', fieldsOfBlock: 1, samplesAtOnce: 1 },
  { name: '16 fields a block, a message of 10 samples', fieldsOfBlock: 16, samplesAtOnce: 10 },
];

export function channels(n) {
  return Array.from({ length: n }, (_, k) => `channel_${String(k).padStart(2, '0')}`);
}
