import type { Command } from './command.js';
import { findCommand, wordsOf } from './find-command.js';

type Load = () => Promise<readonly Command[]>;

const ofNodes: Load = async () => {
  const nodes = await import('./node-commands.js');
  const { weatherCommand, apexWeatherCommand, radiometerCommand, sensorsCommand, dataFeedCommand } = nodes;
  return [weatherCommand, apexWeatherCommand, radiometerCommand, sensorsCommand, dataFeedCommand];
};

/** Where commands are, by their first words: each is loaded without what the others need. */
const places: Readonly<Record<string, Load>> = {
  up: async () => [(await import('./up-command.js')).upCommand],
  router: async () => [(await import('./router-command.js')).routerCommand],
  crossbar: async () => [(await import('./crossbar-command.js')).crossbarCommand],
  hub: async () => [(await import('./hub-command.js')).hubCommand],
  http: async () => [(await import('./http-command.js')).httpCommand],
  'node weather': ofNodes,
  'node apex-weather': ofNodes,
  'node radiometer': ofNodes,
  'node sensors': ofNodes,
  'node data-feed': ofNodes,
  'node g3-reader': async () => [(await import('./g3-reader-command.js')).g3ReaderCommand],
  'node joined': async () => [(await import('./joined-command.js')).joinedCommand],
  'g3-file-scanner': async () => [(await import('./g3-file-scanner-command.js')).g3FileScannerCommand],
  'crossbar-config': async () => [(await import('./crossbar-config.js')).crossbarConfigCommand],
  health: async () => [(await import('./health-command.js')).healthCommand],
  access: async () => (await import('./access-command.js')).accessCommands,
  g3: async () => (await import('./g3-command.js')).g3Commands,
  site: async () => (await import('./site-command.js')).siteCommands,
};

/** The command that a command line calls, alone; all that there are where it calls none, or one that knows the others. */
export async function loadCommands(argv: readonly string[]): Promise<readonly Command[]> {
  const words = wordsOf(argv);
  const name = words.slice(0, words[0] === 'node' ? 2 : 1).join(' ');
  const found = Object.hasOwn(places, name) ? findCommand(await places[name]!(), words) : undefined;
  return found ? [found] : (await import('./commands.js')).commands;
}
