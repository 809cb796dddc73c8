import { resolve } from 'node:path';
import { defaultLeastSamples } from '@sisock/blocks';
import { SisockError } from '@sisock/core';
import {
  decimalNumber,
  type Environment,
  flag,
  optionalSetting,
  readSettings,
  setting,
  type SettingsOf,
  type SettingsSpec,
  wholeNumber,
  words,
} from '@sisock/runtime';
import type { FillDepth } from './tiles/filling.js';

const directories = words
  .transform((text): readonly string[] => [
    ...new Set(
      text
        .split(',')
        .map((one) => one.trim())
        .filter((one) => one !== '')
        .map((one) => resolve(one)),
    ),
  ])
  .refine((list) => list.length > 0, 'names no directory');

/** Settings of the scanner; those of the database are the archive's. */
export const scannerSettings = {
  DATA_DIRECTORY: optionalSetting(directories, 'directory with g3 files, at any depth; several with commas between'),
  OCS_DATA_DIR: optionalSetting(directories, 'the same under its name in OCS; used where DATA_DIRECTORY is unset'),
  SCAN_INTERVAL: setting(
    decimalNumber(1, 86_400),
    'seconds between two walks over all files; new data and new files are seen every second',
    { fallback: '60' },
  ),
  SCAN_WORKERS: optionalSetting(
    wholeNumber(0, 64),
    'threads that index files, 0: none beside the main one; unset: one less than there are cores, at most 4',
  ),
  SCAN_BLOCKS: setting(
    flag,
    'fill the archive with reduced blocks once files are indexed, so that a panel over years opens no file; no: only readers keep some, in memory',
    { fallback: 'yes' },
  ),
  BLOCK_SAMPLES: setting(
    wholeNumber(8, 100_000),
    'least samples in a stored bucket of the finest level: twice as many take half the space',
    { fallback: String(defaultLeastSamples) },
  ),
  BLOCK_RECENT_DAYS: setting(
    decimalNumber(0, 36_500),
    'days, back from the newest data, of which stored buckets four times narrower are kept too, so that a panel of two days opens no file; 0: none',
    { fallback: '7' },
  ),
} satisfies SettingsSpec;

export interface ScannerSettings extends Omit<SettingsOf<typeof scannerSettings>, 'DATA_DIRECTORY' | 'OCS_DATA_DIR'> {
  /** Absolute, each once. */
  readonly directories: readonly string[];
}

/**
 * Reads and checks the scanner's settings; all problems are told at once.
 * @throws SisockError `bad_setting`, a line for each problem.
 */
export function readScannerSettings(env: Environment): ScannerSettings {
  const unset = !env['DATA_DIRECTORY']?.trim() && !env['OCS_DATA_DIR']?.trim();
  const missing = unset ? ['DATA_DIRECTORY is not set (nor OCS_DATA_DIR): directory with g3 files'] : [];
  let settings: SettingsOf<typeof scannerSettings>;
  try {
    settings = readSettings(scannerSettings, env);
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'bad_setting') throw thrown;
    throw new SisockError('bad_setting', [...missing, (thrown as Error).message].join('\n'), { cause: thrown });
  }
  if (missing.length > 0) throw new SisockError('bad_setting', missing.join('\n'));
  const { DATA_DIRECTORY, OCS_DATA_DIR, ...others } = settings;
  return { ...others, directories: DATA_DIRECTORY ?? OCS_DATA_DIR ?? [] };
}

/** How fine the tiles are that these settings ask for. */
export function fillDepth({
  BLOCK_SAMPLES,
  BLOCK_RECENT_DAYS,
}: Pick<ScannerSettings, 'BLOCK_SAMPLES' | 'BLOCK_RECENT_DAYS'>): FillDepth {
  return { leastSamples: BLOCK_SAMPLES, recentSec: 86_400 * BLOCK_RECENT_DAYS };
}
