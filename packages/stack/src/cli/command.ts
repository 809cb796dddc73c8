import type { Clock } from '@sisock/core';
import type { Environment, Health, Logger, LogLevel, Metrics, Service, SettingsSpec } from '@sisock/runtime';

/** What a part gets from the process it runs in. */
export interface PartContext {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Where a part says what keeps it from its work. */
  readonly health: Health;
  /** Text for the person at the terminal, on standard output. */
  readonly print: (text: string) => void;
  /** Text for a line that is written over, on standard error; undefined where that is no terminal. */
  readonly terminal?: ((text: string) => void) | undefined;
  /** Aborted when the process is to stop while the part is still starting. */
  readonly signal: AbortSignal;
}

/** One subcommand: words that call it, settings it reads from the environment, and what it does. */
export interface Command {
  readonly words: readonly string[];
  /** What may stand behind the words, for the usage line; where it is left out, nothing may. */
  readonly usage?: string;
  readonly summary: string;
  /** What else `--help` says: options, what is printed, status. */
  readonly notes?: string;
  readonly settings: SettingsSpec;
  /**
   * `args` is what stood behind the words.
   * @throws SisockError `bad_setting` with a line for each problem, `bad_request` for wrong `args`
   */
  readonly prepare: (env: Environment, args: readonly string[]) => PreparedCommand | PreparedTask;
}

/** What every part has of its process's settings. */
export interface ProcessSettings {
  readonly LOGLEVEL: LogLevel;
  /** Where the process tells of its health; undefined: nowhere. */
  readonly HEALTH_PORT: number | undefined;
  /** Seconds from the signal to the end of the process. */
  readonly STOP_DEADLINE: number;
}

/** A part, which runs until it is told to stop. */
export interface PreparedCommand {
  readonly process: ProcessSettings;
  readonly start: (context: PartContext) => Promise<Service>;
}

/** Something that is done once; resolves with the exit status. */
export interface PreparedTask {
  readonly run: (context: TaskContext) => Promise<number>;
}

export interface TaskContext {
  readonly clock: Clock;
  /** Text on standard output and standard error. */
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** As `print`, for much text: resolves when there is room for more, with false when nobody reads any more. */
  readonly pour: (text: string) => Promise<boolean>;
  readonly terminal?: PartContext['terminal'];
}

/** A command whose start knows what its settings are. */
export function command<V extends ProcessSettings>(
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
      return { process: values, start: (context) => start(values, context) };
    },
  };
}
