import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { keepScreenshot, until } from './browser.js';
import { joinObservatory, nowSeconds, type Observatory } from './publisher.js';
import { setStage } from './windows.js';

const { open, stack } = setStage();
let observatory: Observatory;
beforeAll(async () => {
  observatory = await joinObservatory(stack().routerUrl);
});
afterAll(() => observatory?.close());

describe('the status', () => {
  it('tells nodes, agents, feeds, scanner, database, router, bridge and memory', async () => {
    const { page } = await open('#tab=status');
    const table = (name: string) => page.getByRole('table', { name }).innerText();
    await until('nodes are told', async () => /ocs\s+well\s+live\s+19/.test(await table('Data nodes')));
    expect(await table('Data nodes')).toMatch(/apex_archive\s+well\s+archive\s+5\s+2017-07-28/);
    await until('agents are told', async () => /cryostat\s+SimulatedCryostat\s+alive/.test(await table('Agents')));
    expect(await table('Agents')).toContain('acq running');
    expect(await table('Feeds')).toMatch(/cryostat\s+temperatures\s+temps\s+4 Hz\s+5/);
    await until('what came is told', async () => (await table('What came and went')).includes('data node ocs came'));
    const figures = () => page.locator('.groups').innerText();
    for (const pattern of [
      /database\s+answers/,
      /files of g3_reader\s+\d+/,
      /sessions\s+\d+/,
      /memory\s+\d+ MB/,
      /feed log\s+\d+/,
    ]) {
      await until(`${pattern} is told`, async () => pattern.test(await figures()));
    }
    await until('rates are told once there are two answers', async () =>
      /messages\s+[\d.]+ a second/.test(await figures()),
    );
  });

  it('says which agent is silent, which operation failed and which feed is late, from the top of every view', async () => {
    const agent = observatory.agent('psu7', 'PowerSupplyAgent');
    await agent.publish(
      'output',
      Array.from({ length: 30 }, (_, i) => nowSeconds() - 30 + i),
      {
        current: Array.from({ length: 30 }, () => 1),
      },
    );
    await agent.beat(6);
    const { page } = await open('#tab=status');
    const attention = () => page.locator('.attention').innerText();
    await until('the failure is told', async () =>
      (await attention()).includes('Agent psu7: operation acq has failed.'),
    );
    await until('the silence is told', async () => (await attention()).includes('Agent psu7 is silent: last heard of'));
    await until('the table tells since when', async () =>
      /psu7\s+PowerSupplyAgent\s+silent since \d{4}-/.test(
        await page.getByRole('table', { name: 'Agents' }).innerText(),
      ),
    );
    await keepScreenshot(page, 'status-silent-agent');
    await page.keyboard.press('p');
    await until('the sum of it stands above the plots', async () =>
      /attention|psu7/.test((await page.textContent('#health'))!),
    );
    await page.click('#health');
    await until('it leads back', () => page.locator('#status').isVisible());
  });
});

describe('the table', () => {
  it('tells the newest values, how old they are, and how they went', async () => {
    const { page } = await open('#tab=table&q=cryostat');
    const row = (name: string) => page.locator('.tbody .tr', { hasText: name });
    await until('there are values', async () =>
      /stage_4k\s*cryostat · temperatures\s*\d/.test(await row('stage_4k').innerText()),
    );
    await until('their age is told', async () => /s ago/.test(await row('stage_4k').innerText()));
    await until('a trend is drawn', () => row('stage_4k').locator('canvas').isVisible());
    await until('least and greatest are told', async () => /\d … \d/.test(await row('stage_4k').innerText()));
    await page.getByRole('button', { name: 'newest' }).click();
    await until(
      'it is sorted by age',
      async () => (await page.locator('.th.newest').getAttribute('aria-sort')) === 'descending',
    );
    await page.getByRole('button', { name: 'field', exact: true }).click();
    await until('and by name', async () =>
      (await page.locator('.tbody .tr').first().innerText()).startsWith('heater_on'),
    );
    await page.getByRole('button', { name: 'stage_4k' }).click();
    await until('a click plots it', async () => page.url().includes('stage_4k'));
    await keepScreenshot(page, 'table');
  });
});
