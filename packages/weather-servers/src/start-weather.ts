import type { Clock, Reader } from '@sisock/core';
import { serveReader, type ServedReader, type WampSession } from '@sisock/data-node-server';
import type { Logger, Metrics } from '@sisock/runtime';
import type { WeatherSettings } from './settings.js';
import { openWeatherArchive } from './weather-archive.js';
import { weatherReader } from './weather-reader.js';

export interface StartWeatherOptions {
  readonly session: WampSession;
  readonly settings: WeatherSettings;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/**
 * Serves a directory of weather files as a data node.
 * @throws SisockError `bad_setting` when the directory can't be read, `name_taken` when another node has the name.
 */
export async function startWeather(options: StartWeatherOptions): Promise<ServedReader & { readonly reader: Reader }> {
  const { session, settings, log, metrics, clock } = options;
  const archive = await openWeatherArchive({ directory: settings.WEATHER_DIRECTORY, log, metrics, clock });
  const reader = weatherReader(archive);
  const served = await serveReader({
    session,
    name: settings.NAME,
    description: settings.DESCRIPTION,
    reader,
    maxPoints: settings.MAX_POINTS,
    log,
    metrics,
    clock,
  });
  return { ...served, reader };
}
