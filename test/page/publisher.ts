import { connectSession, type WampSession } from '@sisock/wamp';

type Values = Readonly<Record<string, readonly (number | string | boolean)[]>>;

/** An OCS agent of a test: it publishes what it is told to. */
export interface TestAgent {
  /** A block of samples on a feed; resolves when the router has it. */
  publish(feed: string, timestamps: readonly number[], data: Values): Promise<void>;
  /** A sign of life, with the OpCode of its operation `acq`. */
  beat(code?: number): Promise<void>;
  /** `node::field` of a field, by default of the joined node. */
  id(feed: string, field: string, node?: string): string;
  readonly address: string;
}

export interface Observatory {
  agent(instance: string, agentClass?: string): TestAgent;
  readonly session: WampSession;
  close(): Promise<void>;
}

/** Joins a router as OCS agents do. */
export async function joinObservatory(url: string): Promise<Observatory> {
  const session = connectSession({ url, maxDelayMs: 1000 });
  await session.ready;
  return {
    session,
    close: () => session.close(),
    agent(instance, agentClass = 'TestAgent') {
      const address = `observatory.${instance}`;
      const info = (feed: string, record: boolean) => ({
        agent_address: address,
        agg_params: { frame_length: 60 },
        feed_name: feed,
        address: `${address}.feeds.${feed}`,
        record,
        session_id: '1',
        agent_class: agentClass,
      });
      return {
        address,
        id: (feed, field, node = 'ocs') => `${node}::${address}.feeds.${feed}.${field}`,
        publish: async (feed, timestamps, data) => {
          const block = { [feed]: { block_name: feed, data, timestamps } };
          await session.publish(`${address}.feeds.${feed}`, [[block, info(feed, true)]]);
        },
        beat: async (code = 3) => {
          await session.publish(`${address}.feeds.heartbeat`, [[{ acq: code }, info('heartbeat', false)]]);
        },
      };
    },
  };
}

/** Seconds as an agent stamps them. */
export const nowSeconds = () => Date.now() / 1000;
