import {
  createLogger,
  createMetrics,
  environment,
  healthPortSetting,
  logLevelSetting,
  readSettings,
  runUntilSignal,
  startWithHealth,
} from '@sisock/runtime';
import type { DataNodeServer } from './data-node-server.js';

const settings = { LOGLEVEL: logLevelSetting, HEALTH_PORT: healthPortSetting };

/**
 * Runs a data node as a program: starts it with the settings of the environment and keeps it until SIGINT or SIGTERM (exit
 * status 0), or until it fails, as when its name is refused (status 1). With HEALTH_PORT it tells its health there.
 */
export async function runDataNode(Node: new () => DataNodeServer): Promise<void> {
  await runUntilSignal(
    async () => {
      const { LOGLEVEL: level, HEALTH_PORT: port } = readSettings(settings, environment());
      const log = createLogger({ level });
      const metrics = createMetrics();
      return startWithHealth({ port, log, metrics }, async (health) => {
        const node = await new Node().start({ log, metrics });
        health.add(() => node.problem());
        return node;
      });
    },
    { log: createLogger({ level: 'info' }) },
  );
}
