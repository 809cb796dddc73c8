import type { Logger } from './logger.js';

/** Something with life. `close` ends it, may be called more than once, and resolves when nothing of it is left. */
export interface Service {
  close(): Promise<void>;
}

/** Closes services in the reverse of the order they were started; one that fails does not keep the others open. */
export async function closeAll(services: readonly Service[], log: Logger): Promise<void> {
  for (const service of [...services].reverse()) {
    try {
      await service.close();
    } catch (error) {
      log.warn({ err: error }, 'closing failed');
    }
  }
}
