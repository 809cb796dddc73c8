import { connectSession } from '@sisock/wamp';

/** What an agent publishes: rows that can be told apart, each value a function of its number. */
export const block = 'stream';
export const agent = 'observatory.drill';
const feed = `${agent}.feeds.stream`;
export const timeline = (node = 'feeds') => `${node}::${feed}.${block}`;
export const seqField = `feeds::${feed}.seq`;
export const textField = `feeds::${feed}.text`;
export const flagField = `feeds::${feed}.flag`;
export const feedFields = [seqField, textField, flagField];

export const textOf = (seq: number) => `row ${seq}`;
export const flagOf = (seq: number) => seq % 3 === 0;

export interface Publisher {
  /** Times of the rows that the router acknowledged, by number. */
  readonly acknowledged: ReadonlyMap<number, number>;
  stop(): Promise<void>;
}

const info = {
  agent_address: agent,
  agg_params: { frame_length: 60 },
  feed_name: 'stream',
  address: feed,
  record: true,
  session_id: '1',
  agent_class: 'Drill',
};

/** Publishes `rows` rows every `everyMs` as an OCS agent does: what an outage takes is lost, numbers go on. */
export function startPublisher(url: string, { rows = 5, everyMs = 50 } = {}): Publisher {
  const session = connectSession({ url, maxDelayMs: 1000 });
  const acknowledged = new Map<number, number>();
  let next = 0;
  let last = 0;
  const publish = async () => {
    if (!session.details) return;
    const now = Math.max(Date.now() / 1000, last + 0.001);
    const seq = Array.from({ length: rows }, () => next++);
    const timestamps = seq.map((_, i) => now + (i * everyMs) / rows / 2000);
    last = timestamps.at(-1)!;
    const data = { seq, text: seq.map(textOf), flag: seq.map(flagOf) };
    await session.publish(feed, [[{ [block]: { block_name: block, data, timestamps } }, info]]);
    seq.forEach((n, i) => acknowledged.set(n, timestamps[i]!));
  };
  const timer = setInterval(() => void publish().catch(() => undefined), everyMs);
  return {
    acknowledged,
    stop: async () => {
      clearInterval(timer);
      await session.close();
    },
  };
}
