export { type Complaints, createComplaints } from './complaints.js';
export { createLogger, type Logger, type LogLevel, logLevels, logLevelSetting, silentLogger } from './logger.js';
export { createMetrics, type Metrics } from './metrics.js';
export { environment, listenError, residentMegabytes, runUntilSignal, systemClock } from './process.js';
export { closeAll, type Service } from './service.js';
export {
  decimalNumber,
  type Environment,
  flag,
  oneOf,
  optionalSetting,
  portNumber,
  readSettings,
  secretSetting,
  type Setting,
  setting,
  settingsHelp,
  type SettingsOf,
  type SettingsSpec,
  wholeNumber,
  words,
} from './settings.js';
