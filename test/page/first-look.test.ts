import { describe, expect, it } from '@jest/globals';
import { inkOf, keepScreenshot, legendOf, painted, rangeOf, until } from './browser.js';
import { apex, july, link, setStage } from './windows.js';

const { open } = setStage();

describe('the page of a stack that has just been started', () => {
  it('plots live samples, and says so', async () => {
    const { page } = await open();
    await painted(page);
    await until('it says that it is live', async () => (await page.textContent('#live')) === 'live');
    expect(Object.keys(await legendOf(page))).toContain('stage_50k');
    const value = async () => (await legendOf(page))['stage_50k'];
    const first = await until('a value', async () => Number.parseFloat((await value())!) > 0 && (await value()));
    await until('a new value arrives', async () => (await value()) !== first);
    await until('the site is summed up', async () => (await page.textContent('#health'))!.includes('all well'));
    await keepScreenshot(page, 'live-light');
  });

  it('shows all lines, in a dark window too', async () => {
    const { page } = await open('', { colorScheme: 'dark' });
    for (const n of [1, 2, 3, 4, 5]) await painted(page, `--series-${n}`);
    expect(await page.getAttribute('html', 'data-theme')).toBe('dark');
    await keepScreenshot(page, 'live-dark');
  });

  it('is light or dark as a person wants it, also after a reload', async () => {
    const { page } = await open();
    const look = () => page.getAttribute('html', 'data-theme');
    expect(await look()).toBe('light');
    await page.click('#theme');
    expect(await look()).toBe('dark');
    await page.reload();
    expect(await look()).toBe('dark');
    await page.click('#theme');
    expect(await look()).toBe('light');
    await page.emulateMedia({ colorScheme: 'dark' });
    await until('it follows the system again', async () => (await look()) === 'dark');
  });

  it('fits a telephone', async () => {
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };
    const { page } = await open('', phone);
    await painted(page);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overhang).toBeLessThanOrEqual(0);
    await page.tap('#side-open');
    await page.fill('#search', 'compressor oil');
    await page.tap('.row.field');
    await page.tap('#side-close');
    await until('the field is there', async () => 'oil_temperature' in (await legendOf(page)));
    await keepScreenshot(page, 'phone');
  });
});

describe('a link', () => {
  it('shows weather of 2017, with an axis for each unit', async () => {
    const { page } = await open(link(july, ...apex('humidity', 'temperature', 'radiometer')));
    for (const n of [1, 2, 3]) await painted(page, `--series-${n}`);
    await until('units are known', async () => (await legendOf(page))['apex_humidity']!.endsWith('%'));
    expect(await page.textContent('#live')).toBe('not live');
    expect((await rangeOf(page))[0]).toBe('2017-07-14 00:00:00');
    await until('three axes are there', async () => (await page.locator('.u-axis').count()) === 4);
    await keepScreenshot(page, 'weather-2017');
  });

  it('gives the same picture after a reload: plots, range, scale, comparison and all', async () => {
    const hash =
      `#${july}&scale=log&field=apex_archive::apex_humidity` +
      '&plot=2&before=2d&y=-20:10:C&field=apex_archive::apex_temperature&field=apex_archive::apex_pressure';
    const { page } = await open(hash, { timezoneId: 'America/Santiago' });
    await page.click('#zone');
    await painted(page);
    await painted(page, '--series-2', 1);
    const look = async () => ({
      url: page.url(),
      range: await rangeOf(page),
      legends: [await legendOf(page, 0), await legendOf(page, 1)],
      tools: await page.locator('.plot-tools').allInnerTexts(),
      ink: [await inkOf(page, '--series-1', 0), await inkOf(page, '--series-1', 1), await inkOf(page, '--series-2', 1)],
    });
    const before = await until('it stands still', async () => {
      const [a, b] = [await look(), await look()];
      return JSON.stringify(a) === JSON.stringify(b) && a.legends[1]!['apex_pressure']!.endsWith('mBar') && a;
    });
    expect(before.range[0]).toBe('2017-07-13 20:00:00');
    await page.reload();
    await until('it looks the same', async () => JSON.stringify(await look()) === JSON.stringify(before));
  });

  it('to a range without data says where data are, and leads there and back', async () => {
    const { page } = await open(link('last=5m', ...apex('humidity')));
    const message = () => page.textContent('.message');
    await until('it says so', async () => (await message())!.includes('No data in this range'));
    await until('it says where', async () => (await message())!.includes('from 2017-07-14 00:00:00'));
    await keepScreenshot(page, 'no-data');
    await page.getByRole('button', { name: 'Show all of them' }).click();
    await painted(page);
    await page.getByRole('button', { name: 'Back', exact: true }).click();
    await until('the message is back', async () => (await message())!.includes('No data'));
    await page.goBack();
  });
});
