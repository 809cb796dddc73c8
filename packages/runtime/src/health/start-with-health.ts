import type { Logger } from '../logger.js';
import type { Metrics } from '../metrics.js';
import { closeAll, type Service } from '../service.js';
import { optionalSetting, portNumber } from '../settings.js';
import { createHealth, type Health } from './health.js';
import { startHealthListener } from './listen.js';

/** HEALTH_PORT, of every part. */
export const healthPortSetting = optionalSetting(
  portNumber,
  'port on 127.0.0.1 of /healthz, /readyz and /metrics, which "sisock health" asks; unset: none',
);

/** A part that may fail while it runs. */
export type FallibleService = Service & { readonly failed?: Promise<never> };

interface HealthContext {
  /** HEALTH_PORT; undefined: nobody asks. */
  readonly port: number | undefined;
  readonly log: Logger;
  readonly metrics: Metrics;
}

/**
 * Starts a part; where there is a port, its health can be asked from the first moment on, and is bad until it has started.
 * @throws SisockError `bad_setting` when the port is taken, and what the part throws.
 */
export async function startWithHealth(
  { port, log, metrics }: HealthContext,
  start: (health: Health) => Promise<FallibleService>,
): Promise<FallibleService> {
  const health = createHealth();
  if (port === undefined) return start(health);
  const listener = await startHealthListener({
    ...{ host: '127.0.0.1', port, settingName: 'HEALTH_PORT', health, metrics },
  });
  try {
    const hasStarted = health.add(() => 'still starting');
    const part = await start(health);
    hasStarted();
    log.debug({ url: listener.url }, 'health is told');
    return { ...(part.failed && { failed: part.failed }), close: () => closeAll([listener, part], log) };
  } catch (error) {
    await listener.close();
    throw error;
  }
}
