import { settingsHelp } from '@sisock/runtime';
import type { Command } from './command.js';

/** The list of commands. */
export function overview(commands: readonly Command[]): string {
  const names = commands.map((c) => c.words.join(' '));
  const width = Math.max(...names.map((n) => n.length));
  return [
    'sisock serves the housekeeping data of an observatory.',
    '',
    'usage: sisock COMMAND [--help]',
    '',
    ...commands.map((c, i) => `  ${names[i]!.padEnd(width)}  ${c.summary}`),
    '',
    'Settings are environment variables; "sisock COMMAND --help" lists them.',
    '',
  ].join('\n');
}

/** One command, its notes and its settings. */
export function commandHelp(command: Command): string {
  return [
    `usage: sisock ${[...command.words, ...(command.usage === undefined ? [] : [command.usage])].join(' ')}`,
    '',
    command.summary,
    '',
    ...(command.notes === undefined ? [] : [command.notes, '']),
    ...(Object.keys(command.settings).length === 0
      ? []
      : ['Settings (environment variables):', settingsHelp(command.settings), '']),
  ].join('\n');
}
