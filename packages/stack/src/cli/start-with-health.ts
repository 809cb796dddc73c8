import { type FallibleService, startWithHealth as startTold } from '@sisock/runtime';
import type { PartContext, PreparedCommand } from './command.js';

/** Starts a part of the command line with its health on HEALTH_PORT. Errors as runtime's function of this name. */
export function startWithHealth(
  { process: { HEALTH_PORT: port }, start }: PreparedCommand,
  context: Omit<PartContext, 'health'>,
): Promise<FallibleService> {
  return startTold({ ...context, port }, (health) => start({ ...context, health }));
}
