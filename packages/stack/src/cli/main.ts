import { SisockError } from '@sisock/core';
import {
  createLogger,
  createMetrics,
  type Environment,
  processMetrics,
  runUntilSignal,
  systemClock,
} from '@sisock/runtime';
import type { Command } from './command.js';
import { findCommand, wordsOf } from './find-command.js';
import { startWithHealth } from './start-with-health.js';
import { commandHelp, overview } from './help.js';

/** The process around the command, so that tests can stand in for it. */
export interface Terminal {
  readonly env: Environment;
  /** Standard output and standard error. */
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** As `out`; resolves when there is room for more, with false when nobody reads any more. */
  readonly pour?: (text: string) => Promise<boolean>;
  /** Standard error is a terminal: logs are made for a person. */
  readonly isTerminal: boolean;
  readonly version: string;
}

/**
 * Runs the command line. Resolves with the exit status where there is nothing to keep running (help, version, mistakes: 2
 * for a wrong command line, 1 for wrong settings); a part that starts ends the process itself.
 */
export async function main(argv: readonly string[], commands: readonly Command[], terminal: Terminal): Promise<number> {
  const { out, err } = terminal;
  if (argv.includes('--version')) {
    out(`sisock ${terminal.version}\n`);
    return 0;
  }
  const help = argv.includes('--help') || argv.includes('-h');
  const words = wordsOf(argv);
  const found = findCommand(commands, words);
  if (!found) {
    if (words.length === 0 && help) {
      out(overview(commands));
      return 0;
    }
    const problem = words.length === 0 ? 'a command is missing' : `there is no command "${words.join(' ')}"`;
    err(`sisock: ${problem}; there are ${commands.map((c) => c.words.join(' ')).join(', ')} (see sisock --help)\n`);
    return 2;
  }
  if (help) {
    out(commandHelp(found));
    return 0;
  }
  return run(found, words.slice(found.words.length), terminal);
}

async function run(found: Command, args: readonly string[], around: Terminal): Promise<number> {
  const { out, err, env, isTerminal } = around;
  try {
    const prepared = found.prepare(env, args);
    const terminal = isTerminal ? err : undefined;
    if ('run' in prepared) {
      const pour = around.pour ?? pourInto(out);
      return await prepared.run({ clock: systemClock, print: out, complain: err, pour, terminal });
    }
    const { LOGLEVEL: level, STOP_DEADLINE: stopWithin } = prepared.process;
    const log = createLogger({ level, readable: isTerminal });
    const metrics = createMetrics();
    processMetrics(metrics);
    await runUntilSignal(
      (signal) => startWithHealth(prepared, { log, metrics, clock: systemClock, print: out, terminal, signal }),
      { log, stopWithinMs: 1000 * stopWithin },
    );
    return 0;
  } catch (error) {
    if (!(error instanceof SisockError)) throw error;
    for (const line of error.message.split('\n')) err(`sisock ${found.words.join(' ')}: ${line}\n`);
    return error.code === 'bad_request' ? 2 : 1;
  }
}

function pourInto(out: (text: string) => void): (text: string) => Promise<boolean> {
  return (text) => {
    out(text);
    return Promise.resolve(true);
  };
}
