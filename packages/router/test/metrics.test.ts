import { afterEach, describe, expect, it } from '@jest/globals';
import { createMetrics } from '@sisock/runtime';
import { code } from '../src/messages.js';
import { RawPeer } from './support/raw.js';
import { type Started, startRouter } from './support/router.js';

describe('the metrics', () => {
  let started: Started;
  afterEach(() => started.router.close());

  it('tell sessions, messages and mishaps, each once', async () => {
    const metrics = createMetrics();
    started = await startRouter({ auth: { anonymous: { role: 'agent' } } }, { metrics });
    const peer = await RawPeer.join(started.url, 'msgpack');
    await peer.ask([code.SUBSCRIBE, 1, {}, 'observatory.x']);
    await peer.ask([code.SUBSCRIBE, 2, {}, 'org.secret']);
    for (let scrape = 0; scrape < 2; scrape++) {
      const text = await metrics.text();
      expect(text).toContain('sisock_router_sessions 1');
      expect(text).toContain('sisock_router_messages_total{direction="received",type="SUBSCRIBE"} 2');
      expect(text).toContain('sisock_router_messages_total{direction="sent",type="ERROR"} 1');
      expect(text).toContain('sisock_router_mishaps_total{kind="denied"} 1');
      expect(text).toContain('sisock_router_mishaps_total{kind="slow_reader"} 0');
    }
    await started.router.close();
    expect(await metrics.text()).toContain('sisock_router_sessions 0');
  });
});
