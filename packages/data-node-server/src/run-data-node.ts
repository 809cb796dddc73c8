import { createLogger, runUntilSignal } from '@sisock/runtime';
import type { DataNodeServer } from './data-node-server.js';

/**
 * Runs a data node as a program: starts it with the settings of the environment and keeps it until SIGINT or SIGTERM (exit
 * status 0), or until it fails, as when its name is refused (status 1).
 */
export async function runDataNode(Node: new () => DataNodeServer): Promise<void> {
  await runUntilSignal(() => new Node().start(), { log: createLogger({ level: 'info' }) });
}
