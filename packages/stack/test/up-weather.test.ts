import { expect, it } from '@jest/globals';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { UpParts } from '../src/cli/up-parts.js';
import { startUpWeather } from '../src/cli/up-weather.js';

it('says what mends a data directory that the generated weather can not be written into', async () => {
  const dataDirectory = mkdtempSync(join(tmpdir(), 'sisock-up-weather-'));
  writeFileSync(join(dataDirectory, 'demo'), '');
  // What it needs beside these it asks for only when the files are there.
  const parts = { settings: { SISOCK_DEMO: true }, dataDirectory } as unknown as UpParts;
  await expect(startUpWeather(parts)).rejects.toThrow(
    `SISOCK_DATA_DIR: ${join(dataDirectory, 'demo', 'weather')} can't be written: ENOTDIR; a file is in the way`,
  );
  rmSync(dataDirectory, { recursive: true });
});
