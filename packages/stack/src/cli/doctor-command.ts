import { parseArgs } from 'node:util';
import { SisockError } from '@sisock/core';
import type { SettingsSpec } from '@sisock/runtime';
import { doctorSettings } from '../doctor/settings.js';
import type { Command } from './command.js';

/** `sisock doctor`; `parts` gives the settings of every other command. */
export function doctorCommand(parts: readonly SettingsSpec[]): Command {
  return {
    words: ['doctor'],
    usage: '[--json] [--site DIR]',
    summary: 'looks at everything and says what is wrong and how to mend it',
    notes: `  --json      for programs
  --site DIR  looks at the files of the site in DIR first (.env, .crossbar, certificates, secrets, data directory, ports),
              and joins with its secrets`,
    settings: doctorSettings,
    prepare: (env, args) => {
      const { json, site } = readArguments(args);
      return {
        run: async ({ clock, print }) => {
          const [{ diagnose }, report] = await Promise.all([
            import('../doctor/diagnose.js'),
            import('../doctor/report.js'),
          ]);
          const findings = await diagnose({ env, clock, parts, ...(site !== undefined && { site }) });
          print(json ? report.reportJson(findings) : report.reportLines(findings));
          return report.isWell(findings) ? 0 : 1;
        },
      };
    },
  };
}

function readArguments(args: readonly string[]) {
  const options = { json: { type: 'boolean', default: false }, site: { type: 'string' } } as const;
  try {
    return parseArgs({ args: [...args], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    throw new SisockError('bad_request', `doctor takes --json and --site DIR: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
