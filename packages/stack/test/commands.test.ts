import { describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { settingsHelp } from '@sisock/runtime';
import { commands } from '../src/cli/commands.js';
import { commandHelp } from '../src/cli/help.js';
import { main, type Terminal } from '../src/cli/main.js';

function terminal(env: Readonly<Record<string, string>> = {}) {
  const text = { out: '', err: '' };
  const stands: Terminal = {
    env,
    out: (t) => (text.out += t),
    err: (t) => (text.err += t),
    isTerminal: false,
    version: '1.2.3',
  };
  return { text, stands };
}

describe('the command line', () => {
  it('gives every command a help with all of its settings', async () => {
    for (const command of commands) {
      const { text, stands } = terminal();
      expect(await main([...command.words, '--help'], commands, stands)).toBe(0);
      expect(text.out).toBe(commandHelp(command));
      for (const name of Object.keys(command.settings)) expect(text.out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });

  it('names the commands there are when one is unknown or missing', async () => {
    for (const argv of [['nod'], [], ['node', 'weather', 'extra']]) {
      const { text, stands } = terminal();
      expect(await main(argv, commands, stands)).toBe(2);
      expect(text.err).toContain(
        'up, router, crossbar-config, crossbar, hub, http, node weather, node apex-weather, node radiometer, node sensors, node data-feed',
      );
    }
  });

  it('reports the problems of all settings of a part together', async () => {
    const { text, stands } = terminal({ CROSSBAR_OCS_PORT: 'x', BUFFER_TIME: 'y' });
    expect(await main(['node', 'data-feed'], commands, stands)).toBe(1);
    const lines = text.err.trim().split('\n');
    expect(lines.map((l) => l.replace(/^sisock node data-feed: (\S+).*/, '$1'))).toEqual([
      'CROSSBAR_OCS_PORT',
      'BUFFER_TIME',
      'neither',
    ]);
  });
});

describe('docs/running.md', () => {
  const document = readFileSync(new URL('../../../docs/running.md', import.meta.url), 'utf8');

  const withSettings = commands.filter((c) => Object.keys(c.settings).length > 0);
  it.each(withSettings.map((c) => [c.words.join(' '), c] as const))(
    'has the settings of sisock %s as its help does',
    (words, c) => {
      const [, block] = new RegExp(`^### sisock ${words}\n[^]*?\`\`\`text\n([^]*?)\n\`\`\``, 'm').exec(document) ?? [];
      expect(block).toBe(settingsHelp(c.settings));
    },
  );
});
