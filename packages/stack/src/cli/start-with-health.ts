import { closeAll, createHealth, type Service, startHealthListener } from '@sisock/runtime';
import type { PartContext, PreparedCommand } from './command.js';

type Part = Service & { readonly failed?: Promise<never> };

/**
 * Starts a part; where HEALTH_PORT is set, its health can be asked from the first moment on, and is bad until it has started.
 * @throws SisockError `bad_setting` when the port is taken, and what the part throws.
 */
export async function startWithHealth(
  { process: { HEALTH_PORT: healthPort }, start }: PreparedCommand,
  context: Omit<PartContext, 'health'>,
): Promise<Part> {
  const { log, metrics } = context;
  const health = createHealth();
  if (healthPort === undefined) return start({ ...context, health });
  const listener = await startHealthListener({
    ...{ host: '127.0.0.1', port: healthPort, settingName: 'HEALTH_PORT', health, metrics },
  });
  try {
    const hasStarted = health.add(() => 'still starting');
    const part: Part = await start({ ...context, health });
    hasStarted();
    log.debug({ url: listener.url }, 'health is told');
    return { ...(part.failed && { failed: part.failed }), close: () => closeAll([listener, part], log) };
  } catch (error) {
    await listener.close();
    throw error;
  }
}
