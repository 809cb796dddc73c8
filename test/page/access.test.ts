import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { startSisock } from '../support/stack-process.js';
import { keepScreenshot, painted, until } from './browser.js';
import { link, setStage } from './windows.js';

const directory = mkdtempSync(join(tmpdir(), 'sisock-access-'));
const accessFile = join(directory, 'access.json');
const anonymous = (nodes: readonly string[]) =>
  writeFileSync(accessFile, JSON.stringify({ anonymous: { nodes } }), { mode: 0o600 });
anonymous(['apex_archive']);
const { open } = setStage({ SISOCK_ACCESS_FILE: accessFile });
afterAll(() => rmSync(directory, { recursive: true, force: true }));

async function addUser(username: string, password: string): Promise<void> {
  const env = { SISOCK_ACCESS_FILE: accessFile, ACCESS_PASSWORD: password };
  const command = startSisock(['access', 'add-user', username], env);
  if ((await command.ended) !== 0) throw new Error(command.stderr());
  await command.stop();
}

describe('behind an access file', () => {
  const password = 'a cold and windy night';

  it('a stranger sees what is for everybody; who logs in comes back to the same link and sees the rest, until taken out', async () => {
    await addUser('ada', password);
    const { page } = await open(link('last=60s', 'ocs::observatory.cryostat.feeds.temperatures.stage_50k'), {
      httpCredentials: { username: 'ada', password },
      allow: /status of 40[14]/,
    });
    await until('login is offered', () => page.locator('#login').isVisible());
    await until('it says why nothing is plotted', async () => (await page.textContent('#plots'))!.includes('logs in'));
    await keepScreenshot(page, 'stranger');
    const before = new URL(page.url()).hash;
    await page.click('#login');
    await until('the user is told', async () => (await page.textContent('#user')) === 'ada');
    expect(await page.locator('#login').isHidden()).toBe(true);
    expect(new URL(page.url()).hash).toBe(before);
    await until('it is live', async () => (await page.textContent('#live')) === 'live');
    await painted(page);
    anonymous(['apex_archive']);
    await until('who is let in no more is a stranger again', async () => (await page.textContent('#user')) === '');
    await until('and gets nothing more', async () => (await page.textContent('#live')) !== 'live');
    writeFileSync(accessFile, '{}');
    await until('where nobody is let in without a login it is told', async () =>
      (await page.textContent('#alarm'))!.includes('load the page again to log in'),
    );
  });
});
