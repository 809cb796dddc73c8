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
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startWeather({ ...context, session, settings, log: context.log.child({ part: 'weather' }) }),
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
  (settings, context) =>
    startJoined(settings, context, (session) =>
      startDataFeed({ ...context, session, settings, log: context.log.child({ part: 'data-feed' }) }),
    ),
);
