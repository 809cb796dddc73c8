import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { keepScreenshot, legendOf, painted, until } from './browser.js';
import { joinObservatory, nowSeconds, type Observatory } from './publisher.js';
import { july, link, setStage } from './windows.js';

const cards = 50;
const channels = 200;
const { open, stack } = setStage();
let observatory: Observatory;

beforeAll(async () => {
  observatory = await joinObservatory(stack().routerUrl);
  const names = Array.from({ length: channels }, (_, i) => `Channel_${String(i + 1).padStart(3, '0')}`);
  for (let card = 1; card <= cards; card++) {
    const agent = observatory.agent(`LSA${String(card).padStart(2, '0')}`, 'Lakeshore372Agent');
    await agent.publish(
      'temperatures',
      [nowSeconds()],
      Object.fromEntries(names.map((name, i) => [name, [card + i / 1000]])),
    );
  }
});
afterAll(() => observatory?.close());

const found = (page: Page) => page.textContent('#found');
const rows = (page: Page) =>
  page.locator('.row.field').evaluateAll((all) => all.map((row) => row.getAttribute('aria-label')!));

describe('among ten thousand fields', () => {
  it('a few letters find the channel, and Enter plots it', async () => {
    const { page } = await open(link('last=5m'));
    await until('all fields are listed', async () => Number.parseInt((await found(page))!) > cards * channels);
    expect(await page.locator('.row').count()).toBeLessThan(100);
    await page.keyboard.press('/');
    await page.keyboard.type('lsa07 ch 7 temp');
    await until('the best match is the first', async () =>
      /^Channel_007, .*LSA07 · temperatures/.test((await rows(page))[0] ?? ''),
    );
    await until('its value is there', async () => (await rows(page))[0]!.includes(', 7.006, '));
    await keepScreenshot(page, 'ten-thousand-searched');
    await page.keyboard.press('Enter');
    await until('it is plotted', async () => (await legendOf(page))['Channel_007'] === '7.006');
    expect(decodeURIComponent(page.url())).toContain('field=ocs::observatory.LSA07.feeds.temperatures.Channel_007');
  });

  it('the tree shows agents first, and is walked by keyboard', async () => {
    const { page } = await open(link('last=5m'));
    await until('all fields are listed', async () => Number.parseInt((await found(page))!) > cards * channels);
    await page.focus('#tree');
    const active = async () => (await page.locator('.row.active').getAttribute('data-key'))!.split('\n').at(-1);
    await page.keyboard.press('Home');
    await until('the joined node is the first', async () => (await active()) === 'ocs');
    for (let i = 0; i < 60 && (await active()) !== 'LSA07'; i++) await page.keyboard.press('ArrowDown');
    expect(await active()).toBe('LSA07');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    expect(await active()).toBe('ocs::observatory.LSA07.feeds.temperatures.Channel_001');
    await page.keyboard.press('End');
    await page.keyboard.press('Home');
    await page.keyboard.press('PageDown');
    expect(await page.locator('.row.active').count()).toBe(1);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('ArrowLeft');
    await until('it is closed again', async () => (await page.locator('.row').count()) < 100);
  });

  it('the table scrolls through all of them, and asks for values of those in sight only', async () => {
    const { page } = await open('#tab=table&q=channel');
    const requests: string[] = [];
    page.on('request', (request) => request.url().includes('/latest?') && requests.push(request.url()));
    await until('there are rows', async () => (await page.locator('.tbody .tr').count()) > 5);
    await until(
      'their number is told',
      async () => (await page.getAttribute('.grid', 'aria-rowcount')) === String(cards * channels + 1),
    );
    await page.evaluate(() => (document.querySelector('.table-view')!.scrollTop = 1e9));
    await until('the last row has its value', async () =>
      /Channel_200\s*LSA50 · temperatures\s*50\.199/.test(await page.locator('.tbody .tr').last().innerText()),
    );
    expect(await page.locator('.tbody .tr').count()).toBeLessThan(100);
    for (const url of requests) expect(new URL(url).searchParams.getAll('field').length).toBeLessThan(100);
  });
});

describe('a field', () => {
  it('is dragged onto a plot, onto the empty room for one of its own, and from plot to plot', async () => {
    const { page } = await open(link(july, 'apex_archive::apex_humidity'));
    await painted(page);
    await page.fill('#search', 'apex');
    const row = (name: string) => page.locator('.row.field', { hasText: name });
    await row('apex_temperature').dragTo(page.locator('.plot').first());
    await until('it is in the first plot', async () => 'apex_temperature' in (await legendOf(page)));
    await page.click('#add-plot');
    await until('there are two plots', async () => (await page.locator('.panel').count()) === 2);
    await row('apex_pressure').dragTo(page.locator('.plot').nth(1));
    await until('it is in the second plot', async () => 'apex_pressure' in (await legendOf(page, 1)));
    await page.locator('.cell', { hasText: 'apex_temperature' }).dragTo(page.locator('.plot').nth(1));
    await until('it moved', async () => 'apex_temperature' in (await legendOf(page, 1)));
    expect(Object.keys(await legendOf(page, 0))).toEqual(['apex_humidity']);
    await page.getByRole('button', { name: 'Remove apex_humidity' }).click();
    await page.locator('.panel').first().getByRole('button', { name: 'Remove this plot' }).click();
    await until('one plot is left', async () => (await page.locator('.panel').count()) === 1);
    expect(Object.keys(await legendOf(page))).toEqual(['apex_pressure', 'apex_temperature']);
  });

  it('is toggled by a click, and plotted apart with Shift', async () => {
    const { page } = await open(link(july, 'apex_archive::apex_humidity'));
    await page.fill('#search', 'apex');
    const row = (name: string) => page.locator('.row.field', { hasText: name });
    await row('apex_pressure').click();
    await until('it is there', async () => 'apex_pressure' in (await legendOf(page)));
    expect(await row('apex_pressure').getAttribute('aria-selected')).toBe('true');
    await row('apex_pressure').click();
    await until('it is gone', async () => !('apex_pressure' in (await legendOf(page))));
    await row('apex_radiometer').click({ modifiers: ['Shift'] });
    await until('it has a plot of its own', async () => 'apex_radiometer' in (await legendOf(page, 1)));
    await row('apex_windspeed').click();
    await until('the next one joins it', async () => 'apex_windspeed' in (await legendOf(page, 1)));
  });

  it('tells what is known of it, and where else it is to be had', async () => {
    const { page } = await open(link('last=5m'));
    await page.fill('#search', 'mixing chamber');
    await page.locator('.row.field').first().hover();
    const details = () => page.locator('#details').innerText();
    await until('the details are there', async () => (await details()).includes('SimulatedCryostat'));
    expect(await details()).toMatch(/field\s+ocs::observatory\.cryostat\.feeds\.temperatures\.mixing_chamber/);
    expect(await details()).toMatch(/feed\s+temperatures, block temps/);
    await until('the rate is known', async () => /rate\s+4 Hz/.test(await details()));
    await page.getByRole('button', { name: 'Show the same field of feeds' }).click();
    await until('the live part is plotted', async () => decodeURIComponent(page.url()).includes('field=feeds::'));
    expect(await page.locator('.row', { hasText: 'mixing_chamber' }).count()).toBe(1);
    await page.fill('#search', 'g3_reader:: mixing');
    await until('the archive part is found by its node', async () => (await page.locator('.row.field').count()) === 1);
  });
});
