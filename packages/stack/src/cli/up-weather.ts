import { join } from 'node:path';
import { SisockError } from '@sisock/core';
import { pathCure, pathErrorCode } from '@sisock/runtime';
import { startWeather } from '@sisock/weather-servers';
import type { UpParts } from './up-parts.js';

/** The data node over weather files. Returns its name and what it is; null where there are none to serve. */
export async function startUpWeather(parts: UpParts) {
  const weather = await weatherDirectory(parts);
  if (!weather) return null;
  const { sessionOf, watch, part, metrics, clock, blocks } = parts;
  const node = await startWeather({
    session: sessionOf('weather', 'server'),
    settings: {
      WEATHER_DIRECTORY: weather.directory,
      NAME: 'apex_archive',
      DESCRIPTION: weather.about,
      MAX_POINTS: undefined,
    },
    log: part('weather'),
    metrics,
    clock,
    blocks,
  });
  watch(node);
  return { name: node.name, about: weather.about };
}

/** The weather files to serve: the person's own, or generated ones. */
async function weatherDirectory({ settings, dataDirectory }: UpParts) {
  const { WEATHER_DIRECTORY: own, SISOCK_DEMO: demo } = settings;
  if (own !== undefined) return { directory: own, about: `weather files of ${own}` };
  if (!demo) return null;
  const { writeWeatherFiles } = await import('../demo/weather-files.js');
  const directory = join(dataDirectory, 'demo', 'weather');
  try {
    writeWeatherFiles(directory);
  } catch (error) {
    const code = pathErrorCode(error);
    const problem = `SISOCK_DATA_DIR: ${directory} can't be written: ${code}`;
    throw new SisockError('bad_setting', `${problem}; ${pathCure(code, 'write')}`, { cause: error });
  }
  return { directory, about: 'generated weather of July 2017, not measured' };
}
