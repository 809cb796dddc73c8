import { accessCommands } from './access-command.js';
import type { Command } from './command.js';
import { crossbarCommand } from './crossbar-command.js';
import { crossbarConfigCommand } from './crossbar-config.js';
import { doctorCommand } from './doctor-command.js';
import { g3Commands } from './g3-command.js';
import { g3FileScannerCommand } from './g3-file-scanner-command.js';
import { g3ReaderCommand } from './g3-reader-command.js';
import { healthCommand } from './health-command.js';
import { httpCommand } from './http-command.js';
import { hubCommand } from './hub-command.js';
import { joinedCommand } from './joined-command.js';
import {
  apexWeatherCommand,
  dataFeedCommand,
  radiometerCommand,
  sensorsCommand,
  weatherCommand,
} from './node-commands.js';
import { routerCommand } from './router-command.js';
import { siteCommands } from './site-command.js';
import { upCommand } from './up-command.js';

const parts: readonly Command[] = [
  upCommand,
  routerCommand,
  crossbarConfigCommand,
  crossbarCommand,
  hubCommand,
  httpCommand,
  weatherCommand,
  apexWeatherCommand,
  radiometerCommand,
  sensorsCommand,
  dataFeedCommand,
  g3ReaderCommand,
  g3FileScannerCommand,
  joinedCommand,
  healthCommand,
  ...accessCommands,
  ...g3Commands,
  ...siteCommands,
];

/** Every command of `sisock`. */
export const commands: readonly Command[] = [...parts, doctorCommand(parts.map((part) => part.settings))];
