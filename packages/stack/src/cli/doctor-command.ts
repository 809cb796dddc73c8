import { SisockError } from '@sisock/core';
import type { SettingsSpec } from '@sisock/runtime';
import { doctorSettings } from '../doctor/settings.js';
import type { Command } from './command.js';

/** `sisock doctor`; `parts` gives the settings of every other command. */
export function doctorCommand(parts: readonly SettingsSpec[]): Command {
  return {
    words: ['doctor'],
    usage: '[--json]',
    summary: 'looks at everything and says what is wrong and how to mend it',
    settings: doctorSettings,
    prepare: (env, args) => {
      const wrong = args.find((arg) => arg !== '--json');
      if (wrong !== undefined) throw new SisockError('bad_request', `${JSON.stringify(wrong)} is not --json`);
      return {
        run: async ({ clock, print }) => {
          const [{ diagnose }, report] = await Promise.all([
            import('../doctor/diagnose.js'),
            import('../doctor/report.js'),
          ]);
          const findings = await diagnose({ env, clock, parts });
          print(args.length > 0 ? report.reportJson(findings) : report.reportLines(findings));
          return report.isWell(findings) ? 0 : 1;
        },
      };
    },
  };
}
