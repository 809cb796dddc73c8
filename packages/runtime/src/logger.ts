import { type Logger, pino } from 'pino';
import pretty from 'pino-pretty';
import { oneOf, setting } from './settings.js';

export type { Logger } from 'pino';

/** Levels of LOGLEVEL: txaio's names, as the original took them. */
export const logLevels = ['critical', 'error', 'warn', 'info', 'debug', 'trace'] as const;
export type LogLevel = (typeof logLevels)[number];

export const logLevelSetting = setting(oneOf(logLevels), 'how much is logged', { fallback: 'info' });

interface LoggerOptions {
  readonly level: LogLevel;
  /** Readable lines instead of JSON: for a person at a terminal. */
  readonly readable?: boolean;
}

/** The logger of a process, on standard error; parts get children of it (`logger.child({ part })`). */
export function createLogger({ level, readable = false }: LoggerOptions): Logger {
  const options = { level: level === 'critical' ? 'fatal' : level, base: null };
  return readable
    ? pino(
        options,
        pretty({ destination: 2, sync: true, colorize: true, ignore: 'part', messageFormat: '{part} {msg}' }),
      )
    : pino(options, pino.destination({ dest: 2, sync: true }));
}

/** Logs nothing. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}
