import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { silentLogger } from '@sisock/runtime';
import type { SessionDetails, WampSession } from '@sisock/wamp';
import { startDemoAgents } from '../src/demo/start-demo-agents.js';
import type { DemoAgent } from '../src/demo/simulated-agents.js';

const agent: DemoAgent = {
  instance: 'one',
  agentClass: 'One',
  operations: ['acq'],
  feeds: [{ name: 'f', block: 'b', samplesPerSecond: 2, at: (t) => ({ x: t }) }],
};

afterEach(() => void jest.useRealTimers());

function start(now = 1000) {
  jest.useFakeTimers();
  const state = { now, published: [] as { topic: string; times: number[] }[] };
  const session = {
    details: { sessionId: 1 } as SessionDetails | null,
    publish: async (topic: string, args: readonly unknown[] = []) => {
      const [[message]] = args as [[{ b?: { timestamps: number[] } }]];
      state.published.push({ topic, times: [...(message.b?.timestamps ?? [])] });
    },
  };
  const agents = startDemoAgents({
    session: session as unknown as WampSession,
    addressRoot: 'site',
    clock: () => state.now,
    log: silentLogger(),
    agents: [agent],
    historySeconds: 10,
    publishEveryMs: 500,
  });
  const step = (seconds: number) => {
    state.now += seconds;
    jest.advanceTimersByTime(500);
  };
  const times = () => state.published.filter((p) => p.topic === 'site.one.feeds.f').flatMap((p) => p.times);
  return { agents, session, state, step, times };
}

describe('the simulated agents', () => {
  it('begin with some history, then publish each sample once, and stop', async () => {
    const { agents, state, step, times } = start();
    expect(times()).toEqual(Array.from({ length: 20 }, (_, i) => 990.5 + i / 2));
    step(0.5);
    step(0.7);
    expect(times().slice(20)).toEqual([1000.5, 1001]);
    expect(state.published.filter((p) => p.topic.endsWith('heartbeat'))).toHaveLength(2);
    await agents.close();
    step(5);
    expect(times()).toHaveLength(22);
  });

  it('publish nothing while there is no session, and no more than the history after it', async () => {
    const { agents, session, step, times } = start();
    session.details = null;
    step(100);
    expect(times()).toHaveLength(20);
    session.details = { sessionId: 2 } as SessionDetails;
    step(0);
    expect(times()).toHaveLength(40);
    expect(times().at(-1)).toBe(1100);
    await agents.close();
  });

  it('go on when the clock was set back', async () => {
    const { agents, step, times } = start();
    step(-500);
    step(0.5);
    expect(times().at(-1)).toBe(500.5);
    await agents.close();
  });
});
