import { setTimeout as delay } from 'node:timers/promises';
import type { Clock, Reader } from '@sisock/core';
import { serveReader, type ServedReader, type WampSession } from '@sisock/data-node-server';
import { environment, type Environment, type Logger, type Metrics } from '@sisock/runtime';
import { hwmonFiles } from './hwmon.js';
import { sensorReader } from './sensor-reader.js';
import { sensorsProgram } from './sensors-program.js';
import type { SensorsSettings } from './settings.js';

export interface StartSensorsOptions {
  readonly session: WampSession;
  readonly settings: SensorsSettings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Environment of the program `sensors` (default: that of this process). */
  readonly env?: Environment;
  /** Seconds between two samples. */
  readonly interval?: number;
}

/**
 * Samples the sensors of this machine, by the program `sensors` or else by the kernel's files, and serves them as a data
 * node. On a machine that has none the node is there, without fields, and its health says so.
 * @throws SisockError `name_taken` when another node has the name.
 */
export async function startSensors(options: StartSensorsOptions): Promise<ServedReader & { readonly reader: Reader }> {
  const { session, settings, log, metrics, clock, env = environment(), interval = 2.5 } = options;
  const sources = [sensorsProgram({ env }), hwmonFiles(settings.HWMON_DIRECTORY)];
  const { reader, sample } = sensorReader({ sources, log, clock, interval });
  const stopping = new AbortController();
  await sample(stopping.signal);
  const { NAME: name, DESCRIPTION: description } = settings;
  const served = await serveReader({ session, name, description, reader, log, metrics, clock });
  served.failed.catch(() => stopping.abort());
  const sampling = sampleUntil(stopping.signal, interval, sample);
  return {
    ...served,
    reader,
    async close() {
      stopping.abort();
      await sampling;
      await served.close();
    },
  };
}

/** One sample an interval; one that takes longer delays the next, and none is made up for. */
async function sampleUntil(signal: AbortSignal, interval: number, sample: (signal: AbortSignal) => Promise<void>) {
  let next = performance.now();
  while (!signal.aborted) {
    next = Math.max(next + interval * 1000, performance.now());
    await delay(next - performance.now(), undefined, { signal }).catch(() => undefined);
    if (!signal.aborted) await sample(signal);
  }
}
