import { execFile } from 'node:child_process';
import { SisockError } from '@sisock/core';
import type { Environment } from '@sisock/runtime';
import type { SensorSource } from './sensor-source.js';
import { parseSensorsOutput } from './sensors-output.js';

export interface SensorsProgramOptions {
  /** Name on the PATH, or path (default `sensors`, of lm-sensors). */
  readonly program?: string;
  /** Its environment; the PATH in it is where it is looked for. */
  readonly env: Environment;
  /** It is killed after so many ms. */
  readonly timeoutMs?: number;
  /** Most bytes that it may print. */
  readonly maxBytes?: number;
}

/** What `sensors -u` says, run without a shell. */
export function sensorsProgram(options: SensorsProgramOptions): SensorSource {
  const { program = 'sensors', env, timeoutMs = 2000, maxBytes = 1e6 } = options;
  return {
    name: `${program} -u`,
    async read(signal) {
      const { stdout, failure } = await run();
      const { readings, problems } = parseSensorsOutput(stdout);
      if (readings.length === 0) throw new SisockError('unavailable', failure ?? 'gives no value');
      // Some chips may be out of order while the others are not.
      return { readings, problems: failure === null ? problems : [failure, ...problems] };

      function run(): Promise<{ stdout: string; failure: string | null }> {
        const settings = {
          env: { ...env, LC_ALL: 'C' },
          timeout: timeoutMs,
          maxBuffer: maxBytes,
          killSignal: 'SIGKILL',
          encoding: 'utf8',
          signal,
        } as const;
        return new Promise((resolve) => {
          execFile(program, ['-u'], settings, (error, stdout, stderr) => {
            const [complaint] = stderr.trim().split('\n');
            const said = complaint ? `says ${JSON.stringify(complaint.slice(0, 200))}` : null;
            resolve({ stdout, failure: error === null ? said : failureOf(error, said) });
          });
        });
      }
    },
  };

  function failureOf(error: { code?: string | number | null; killed?: boolean }, said: string | null): string {
    if (error.code === 'ENOENT') return 'is not installed';
    if (error.code === 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER') return `printed more than ${maxBytes} bytes`;
    if (error.killed === true) return `gave no answer within ${timeoutMs} ms`;
    return said ?? `failed: ${error.code ?? 'ended by a signal'}`;
  }
}
