import { joinedSettings, startJoinedNode } from '@sisock/joined-server';
import { closeAll, readSettings } from '@sisock/runtime';
import { WampSite } from '@sisock/wamp';
import { command } from './command.js';
import { joinSettings, startJoined } from './join.js';

const settingsOfNode = { ...joinSettings, ...joinedSettings };

/** `sisock node joined` */
export const joinedCommand = command(
  ['node', 'joined'],
  'a data node that joins archive and live feeds to one timeline',
  settingsOfNode,
  (env) => readSettings(settingsOfNode, env),
  (settings, context) =>
    startJoined(settings, context, async (session) => {
      const log = context.log.child({ part: 'joined' });
      const site = await WampSite.start({ ...context, session, log });
      try {
        const node = await startJoinedNode({ ...context, session, site, settings, log });
        return { failed: node.failed, problem: () => node.problem(), close: () => closeAll([site, node], log) };
      } catch (error) {
        await site.close();
        throw error;
      }
    }),
);
