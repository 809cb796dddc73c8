import { blockSettings, openBlockCache } from '@sisock/blocks';
import { dataFeedSettings, readDataFeedSettings, startDataFeed } from '@sisock/data-feed-server';
import { readSettings } from '@sisock/runtime';
import { sensorsSettings, startSensors } from '@sisock/sensors-server';
import {
  apexWeatherSettings,
  radiometerSettings,
  startApexWeather,
  startRadiometer,
  startWeather,
  weatherSettings,
} from '@sisock/weather-servers';
import { command } from './command.js';
import { joinSettings, startJoined } from './join.js';
import { readAll } from './read-all.js';

const weatherCommandSettings = { ...joinSettings, ...weatherSettings, ...blockSettings };

/** `sisock node weather` */
export const weatherCommand = command(
  ['node', 'weather'],
  'a data node over weather files',
  weatherCommandSettings,
  (env) => readSettings(weatherCommandSettings, env),
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startWeather({
        ...context,
        session,
        settings,
        blocks: openBlockCache(settings.BLOCK_CACHE_BYTES, context.metrics),
        log: context.log.child({ part: 'weather' }),
      }),
    ),
);

const apexWeatherCommandSettings = { ...joinSettings, ...apexWeatherSettings, ...blockSettings };

/** `sisock node apex-weather` */
export const apexWeatherCommand = command(
  ['node', 'apex-weather'],
  "a data node over years of APEX weather, in ACT's files",
  apexWeatherCommandSettings,
  (env) => readSettings(apexWeatherCommandSettings, env),
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startApexWeather({
        ...context,
        session,
        settings,
        blocks: openBlockCache(settings.BLOCK_CACHE_BYTES, context.metrics),
        log: context.log.child({ part: 'apex-weather' }),
      }),
    ),
);

const radiometerCommandSettings = { ...joinSettings, ...radiometerSettings, ...blockSettings };

/** `sisock node radiometer` */
export const radiometerCommand = command(
  ['node', 'radiometer'],
  'a data node over the files of the UCSC radiometer',
  radiometerCommandSettings,
  (env) => readSettings(radiometerCommandSettings, env),
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startRadiometer({
        ...context,
        session,
        settings,
        blocks: openBlockCache(settings.BLOCK_CACHE_BYTES, context.metrics),
        log: context.log.child({ part: 'radiometer' }),
      }),
    ),
);

const sensorsCommandSettings = { ...joinSettings, ...sensorsSettings };

/** `sisock node sensors` */
export const sensorsCommand = command(
  ['node', 'sensors'],
  'a data node of the sensors of this machine',
  sensorsCommandSettings,
  (env) => readSettings(sensorsCommandSettings, env),
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startSensors({ ...context, session, settings, log: context.log.child({ part: 'sensors' }) }),
    ),
);

const dataFeedOwnSettings = { ...joinSettings, ...blockSettings };
const dataFeedCommandSettings = { ...joinSettings, ...dataFeedSettings, ...blockSettings };

/** `sisock node data-feed` */
export const dataFeedCommand = command(
  ['node', 'data-feed'],
  'a data node over live OCS feeds',
  dataFeedCommandSettings,
  (env) =>
    readAll(
      () => readSettings(dataFeedOwnSettings, env),
      () => readDataFeedSettings(env),
    ),
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startDataFeed({
        ...context,
        session,
        settings,
        dataDirectory: settings.SISOCK_DATA_DIR,
        blocks: openBlockCache(settings.BLOCK_CACHE_BYTES, context.metrics),
        log: context.log.child({ part: 'data-feed' }),
      }),
    ),
);
