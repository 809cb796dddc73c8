import type { Clock } from '@sisock/core';
import type { Environment, Logger, Metrics, Service, SettingsOf, SettingsSpec } from '@sisock/runtime';

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
  readonly prepare: (env: Environment) => (context: PartContext) => Promise<Service>;
}

/** A command whose settings are typed by its own spec. */
export function command<S extends SettingsSpec>(
  words: readonly string[],
  summary: string,
  settings: S,
  read: (env: Environment) => SettingsOf<S>,
  start: (settings: SettingsOf<S>, context: PartContext) => Promise<Service>,
): Command {
  return {
    words,
    summary,
    settings,
    prepare: (env) => {
      const values = read(env);
      return (context) => start(values, context);
    },
  };
}
