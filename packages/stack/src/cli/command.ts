import type { Clock } from '@sisock/core';
import type { Environment, Logger, LogLevel, Metrics, Service, SettingsSpec } from '@sisock/runtime';

/** What a part gets from the process it runs in. */
export interface PartContext {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Text for the person at the terminal, on standard output. */
  readonly print: (text: string) => void;
  /** Aborted when the process is to stop while the part is still starting. */
  readonly signal: AbortSignal;
}

/** One subcommand: words that call it, settings it reads from the environment, and how it starts. */
export interface Command {
  readonly words: readonly string[];
  readonly summary: string;
  readonly settings: SettingsSpec;
  /** @throws SisockError `bad_setting` with a line for each problem. */
  readonly prepare: (env: Environment) => PreparedCommand;
}

export interface PreparedCommand {
  readonly logLevel: LogLevel;
  readonly start: (context: PartContext) => Promise<Service>;
}

/** A command whose start knows what its settings are. */
export function command<V extends { readonly LOGLEVEL: LogLevel }>(
  words: readonly string[],
  summary: string,
  settings: SettingsSpec,
  read: (env: Environment) => V,
  start: (settings: V, context: PartContext) => Promise<Service>,
): Command {
  return {
    words,
    summary,
    settings,
    prepare: (env) => {
      const values = read(env);
      return { logLevel: values.LOGLEVEL, start: (context) => start(values, context) };
    },
  };
}
