import { blockSettings, BlockSite, openBlockCache } from '@sisock/blocks';
import { bridgeOptions, bridgeSettings, createBridge, openBridgeAccess } from '@sisock/http-bridge';
import { closeAll, readSettings } from '@sisock/runtime';
import { pageMounts } from '@sisock/viewer';
import { WampSite } from '@sisock/wamp';
import { command } from './command.js';
import { consumerJoinSettings, startJoined } from './join.js';

const settings = { ...consumerJoinSettings, ...bridgeSettings, ...blockSettings };

/** `sisock http` */
export const httpCommand = command(
  ['http'],
  "the HTTP bridge: Grafana's endpoints, the GET API and the page",
  settings,
  (env) => readSettings(settings, env),
  async (values, context) => {
    const { log, metrics, clock, print } = context;
    // Before the router is waited for: what is wrong with the access file is told at once.
    const access = openBridgeAccess(values, { log: log.child({ part: 'access' }), clock });
    const joined = await startJoined(values, context, async (session) => {
      const nodes = await WampSite.start({ session, log: log.child({ part: 'site' }), metrics, clock });
      const site = new BlockSite(nodes, openBlockCache(values.BLOCK_CACHE_BYTES, metrics), clock);
      const bridge = createBridge({
        ...bridgeOptions(values),
        site,
        access,
        log: log.child({ part: 'http' }),
        metrics,
        clock,
        page: pageMounts(),
      });
      const { url } = await bridge.listen();
      print(`page and HTTP interface at ${url}\n`);
      return { problem: () => nodes.problem(), close: () => closeAll([nodes, site, bridge], log) };
    });
    return { failed: joined.failed, close: () => closeAll([access, joined], log) };
  },
);
