import type { Command } from './command.js';

/** The words of a command line without what asks for help. */
export function wordsOf(argv: readonly string[]): readonly string[] {
  return argv.filter((word) => word !== '--help' && word !== '-h');
}

/** The command that these words call, with what may stand behind its own; undefined: none of them. */
export function findCommand(commands: readonly Command[], words: readonly string[]): Command | undefined {
  return commands.find(
    (c) =>
      (c.words.length === words.length || (c.usage !== undefined && c.words.length < words.length)) &&
      c.words.every((w, i) => w === words[i]),
  );
}
