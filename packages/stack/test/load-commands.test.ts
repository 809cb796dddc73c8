import { describe, expect, it } from '@jest/globals';
import { commands } from '../src/cli/commands.js';
import { loadCommands } from '../src/cli/load-commands.js';

describe('loading of commands', () => {
  it.each(commands.map((c) => [c.words.join(' '), c] as const))('finds sisock %s, and its help', async (_, command) => {
    for (const argv of [command.words, [...command.words, '--help']])
      expect(await loadCommands(argv)).toContain(command);
  });

  it('loads each alone, but for the doctor, who knows the settings of all', async () => {
    const together = [];
    for (const { words } of commands) if ((await loadCommands(words)).length > 1) together.push(words.join(' '));
    expect(together).toEqual(['doctor']);
  });

  it('gives all of them where a command line calls none', async () => {
    for (const argv of [[], ['--help'], ['nod'], ['up', 'extra'], ['node', 'weather', 'extra'], ['constructor']]) {
      expect(await loadCommands(argv)).toBe(commands);
    }
  });
});
