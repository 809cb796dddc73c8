import { afterEach, describe, expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLog, repeatedTooSoon } from '../drills/lab.js';
import { json, type Stack, startStack } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';

const name = 'observatory.cryostat.feeds.temperatures.stage_4k';
let stack: Stack | undefined;
const made: string[] = [];
afterEach(async () => {
  await stack?.stop();
  stack = undefined;
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'sisock-trouble-'));
  made.push(directory);
  return directory;
}

const listed = async () => json<string[]>(`${stack!.url}/search`, { target: name });

describe('an archive that can not be had', () => {
  it('leaves the live feeds as they are, says so in one line, and is there as soon as it can be', async () => {
    const dataDirectory = temporary();
    mkdirSync(join(dataDirectory, 'archive.db'));
    stack = await startStack({ SISOCK_DATA_DIR: dataDirectory });
    await until('it is told', () => stack!.stderr().includes('the archive could not be started'));
    expect(stack.stderr()).toContain('archive.db');
    await until('the feed and the joined node serve', async () => {
      const found = await listed();
      return found.includes(`feeds::${name}`) && found.includes(`ocs::${name}`);
    });
    // Once a minute, however often it is tried.
    const told = parseLog(stack.stderr()).filter(({ msg }) => msg.includes('the archive could not be started'));
    expect(told).not.toEqual([]);
    expect(repeatedTooSoon(told)).toEqual([]);
    rmSync(join(dataDirectory, 'archive.db'), { recursive: true });
    await until('the archive serves', async () => (await listed()).includes(`g3_reader::${name}`));
  });

  it('waits for a directory of files that is not there yet, and writes nothing of its own into it', async () => {
    const tree = join(temporary(), 'hk');
    stack = await startStack({ DATA_DIRECTORY: tree });
    await until('it is told', () => stack!.stderr().includes('the scanner could not be started'));
    expect(stack.stderr()).toContain(tree);
    expect(stack.stdout()).toContain(`g3 files of ${tree}`);
    mkdirSync(tree);
    await until('the scanner has started', () => stack!.stderr().includes('the scanner has started'));
    expect(readdirSync(tree)).toEqual([]);
  });
});
