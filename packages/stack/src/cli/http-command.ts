import { bridgeOptions, bridgeSettings, createBridge } from '@sisock/http-bridge';
import { closeAll, readSettings } from '@sisock/runtime';
import { pageMounts } from '@sisock/viewer';
import { WampSite } from '@sisock/wamp';
import { command } from './command.js';
import { consumerJoinSettings, startJoined } from './join.js';

const settings = { ...consumerJoinSettings, ...bridgeSettings };

/** `sisock http` */
export const httpCommand = command(
  ['http'],
  "the HTTP bridge: Grafana's endpoints, the GET API and the page",
  settings,
  (env) => readSettings(settings, env),
  (values, context) =>
    startJoined(values, context, async (session) => {
      const { log, metrics, clock, print } = context;
      const site = await WampSite.start({ session, log: log.child({ part: 'site' }), metrics, clock });
      const bridge = createBridge({
        ...bridgeOptions(values),
        site,
        log: log.child({ part: 'http' }),
        metrics,
        clock,
        page: pageMounts(),
      });
      const { url } = await bridge.listen();
      print(`page and HTTP interface at ${url}\n`);
      return { close: () => closeAll([site, bridge], log) };
    }),
);
