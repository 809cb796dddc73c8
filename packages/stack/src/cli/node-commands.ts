import { dataFeedSettings, readDataFeedSettings, startDataFeed } from '@sisock/data-feed-server';
import { readSettings } from '@sisock/runtime';
import { startWeather, weatherSettings } from '@sisock/weather-servers';
import { command } from './command.js';
import { joinSettings, startJoined } from './join.js';
import { readAll } from './read-all.js';

const weatherCommandSettings = { ...joinSettings, ...weatherSettings };

/** `sisock node weather` */
export const weatherCommand = command(
  ['node', 'weather'],
  'a data node over weather files',
  weatherCommandSettings,
  (env) => readSettings(weatherCommandSettings, env),
  (settings, { log, metrics, clock }) =>
    startJoined(settings, log.child({ part: 'wamp' }), (session) =>
      startWeather({ session, settings, log: log.child({ part: 'weather' }), metrics, clock }),
    ),
);

const dataFeedCommandSettings = { ...joinSettings, ...dataFeedSettings };

/** `sisock node data-feed` */
export const dataFeedCommand = command(
  ['node', 'data-feed'],
  'a data node over live OCS feeds',
  dataFeedCommandSettings,
  (env) =>
    readAll(
      () => readSettings(joinSettings, env),
      () => readDataFeedSettings(env),
    ),
  (settings, { log, metrics, clock }) =>
    startJoined(settings, log.child({ part: 'wamp' }), (session) =>
      startDataFeed({ session, settings, log: log.child({ part: 'data-feed' }), metrics, clock }),
    ),
);
