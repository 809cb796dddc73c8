export { type Complaints, createComplaints } from './complaints.js';
export {
  type AccessFile,
  type AccessFileEntry,
  isMissing,
  parseAccess,
  readAccessFile,
  writeAccessFile,
} from './access/access-file.js';
export { defaultLoginLimits, loginChecker, type LoginLimits } from './access/check-login.js';
export { hashProblem, hashSecret, verifySecret } from './access/hash-secret.js';
export { type FileAccess, openAccessFile } from './access/open-access-file.js';
export { createHealth, type Health, type HealthCheck } from './health/health.js';
export { type HealthListener, type HealthListenerOptions, startHealthListener } from './health/listen.js';
export { type FallibleService, healthPortSetting, startWithHealth } from './health/start-with-health.js';
export { createLogger, type Logger, type LogLevel, logLevels, logLevelSetting, silentLogger } from './logger.js';
export { createMetrics, type Metrics } from './metrics.js';
export { pathCure, pathErrorCode } from './path-trouble.js';
export {
  environment,
  isRunning,
  killGroup,
  listenError,
  processId,
  residentMegabytes,
  runUntilSignal,
  systemClock,
  userId,
} from './process.js';
export { processMetrics } from './process-metrics.js';
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
