import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { areaOf, inked, inkOf, keepScreenshot, legendOf, painted, rangeOf, until } from './browser.js';
import { apex, july, link, setStage } from './windows.js';

const { open, stack } = setStage();

const from = async (page: Page) => (await rangeOf(page))[0];

/** Drags over the plot, from one part of its width to another one. */
async function drag(page: Page, a: number, b: number, plot = 0): Promise<void> {
  const { x, y, width, height } = await areaOf(page, plot);
  await page.mouse.move(x + a * width, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x + ((a + b) / 2) * width, y + height / 2, { steps: 4 });
  await page.mouse.move(x + b * width, y + height / 2, { steps: 4 });
  await page.mouse.up();
}

describe('the time of a plot', () => {
  it('is zoomed by a drag, and a double click goes back', async () => {
    const { page } = await open(link(july, ...apex('humidity', 'temperature', 'radiometer')));
    await painted(page);
    await drag(page, 0.25, 0.5);
    await until('the range is the dragged one', async () => (await from(page)).startsWith('2017-07-17'));
    expect((await rangeOf(page))[1].startsWith('2017-07-2')).toBe(true);
    await painted(page);
    const { x, y, width, height } = await areaOf(page);
    await page.mouse.dblclick(x + width / 2, y + height / 2);
    await until('the range is whole again', async () => (await from(page)) === '2017-07-14 00:00:00');
  });

  it('is moved by a drag with Shift, by the axis, by buttons and by keys', async () => {
    const { page } = await open(link(july, ...apex('humidity')));
    await painted(page);
    await page.keyboard.down('Shift');
    await drag(page, 0.5, 0.75);
    await page.keyboard.up('Shift');
    await until('it is earlier', async () => (await from(page)).startsWith('2017-07-10'));
    const { x, y, width, height } = await areaOf(page);
    await page.mouse.move(x + width / 2, y + height + 15);
    await page.mouse.down();
    await page.mouse.move(x + width / 4, y + height + 15, { steps: 5 });
    await page.mouse.up();
    await until('it is where it was', async () => (await from(page)).startsWith('2017-07-1'));
    expect((await from(page)) > '2017-07-13').toBe(true);
    const before = await from(page);
    await page.getByRole('button', { name: 'Earlier' }).click();
    await until('it is earlier', async () => (await from(page)) < before);
    await page.locator('h1').click();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await until('it is back', async () => (await from(page)).slice(0, 16) === before.slice(0, 16));
    await page.goBack();
    await until('the browser goes back, too', async () => (await from(page)) < before);
  });

  it('is asked for again at every level of zoom, from years to milliseconds', async () => {
    const { page } = await open(link('from=2016-01-01&to=2018-01-01', 'apex_archive::apex_windspeed'));
    const asked: { from: number; to: number; points: number }[] = [];
    page.on('request', (request) => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname !== '/api/v1/series') return;
      const [a, b, points] = ['from', 'to', 'maxDataPoints'].map((name) => Number(searchParams.get(name)));
      asked.push({ from: a!, to: b!, points: points! });
    });
    await painted(page);
    const pixels = Math.round((await areaOf(page)).width);
    await page.fill('#from', '2017-07-16 12:00');
    await page.fill('#to', '2017-07-19 12:00');
    await page.keyboard.press('Enter');
    await until('days are asked for, a bucket a pixel', () =>
      asked.some(({ from: a, to: b, points }) => b - a < 3e5 && Math.abs(points - pixels) < 5),
    );
    await painted(page);
    await page.fill('#from', '2017-07-18 11:59:59.900');
    await page.fill('#to', '2017-07-18 12:00:00.100');
    await page.keyboard.press('Enter');
    await until('the axis tells milliseconds', async () => (await from(page)) === '2017-07-18 11:59:59.900');
    // Every sample was there already: nothing is asked any more, and the line still crosses the whole plot.
    await until('the line is there', async () => (await inked(page, '--series-1', 'columns')).every(Boolean));
  });

  it('is drawn at once from what is there, before the server answers', async () => {
    const { page } = await open(link(july, 'apex_archive::apex_windspeed'));
    await painted(page);
    let release = () => undefined as void;
    const held = new Promise<void>((resolve) => (release = resolve));
    await page.route('**/api/v1/series?*', async (route) => {
      await held;
      await route.continue();
    });
    await drag(page, 0.2, 0.6);
    await until('it says that more is under way', () => page.locator('.loading').isVisible());
    await until('the coarser line is there all the same', async () => (await inkOf(page, '--series-1')) > 200);
    release();
    await until('the finer one came', () => page.locator('.loading').isHidden());
  });

  it('is refused where it is none, and the words say what is allowed', async () => {
    const { page } = await open(link(july, ...apex('humidity')));
    await page.fill('#from', 'the day before');
    await page.keyboard.press('Enter');
    await until('it complains', async () =>
      (await page.textContent('#range-error'))!.includes('"the day before" is no time'),
    );
    expect(await page.getAttribute('#from', 'aria-invalid')).toBe('true');
    await page.fill('#from', '2017-07-20');
    await page.fill('#to', '2017-07-19');
    await page.keyboard.press('Enter');
    await until('an end before the beginning is refused', async () =>
      (await page.textContent('#range-error'))!.includes('not after'),
    );
    await page.fill('#to', '2017-07-21');
    await page.keyboard.press('Enter');
    await until('it is taken', async () => (await from(page)) === '2017-07-20 00:00:00');
    expect(await page.locator('#range-error').isHidden()).toBe(true);
  });

  it('is told and taken in UTC or in local time', async () => {
    const { page } = await open(link(july, ...apex('humidity')), { timezoneId: 'America/Santiago' });
    await painted(page);
    await page.keyboard.press('u');
    await until('it is local', async () => (await from(page)) === '2017-07-13 20:00:00');
    await page.fill('#from', '2017-08-13');
    await page.fill('#to', '2017-08-14');
    await page.keyboard.press('Enter');
    // The night in which the clocks of Santiago went forward: a day of 23 hours.
    await until('it is in the address in UTC', async () => page.url().includes('from=2017-08-13T04:00:00Z'));
    expect(page.url()).toContain('to=2017-08-14T03:00:00Z');
    expect(await page.textContent('#zone')).toMatch(/UTC−[34]$/);
  });
});

describe('a finger', () => {
  it('moves the plot, two stretch it, and a tap tells the values', async () => {
    const phone = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, hasTouch: true };
    const { page } = await open(link(july, ...apex('humidity')), phone);
    await painted(page);
    const { x, y, width, height } = await areaOf(page);
    const session = await page.context().newCDPSession(page);
    const touch = (type: 'touchStart' | 'touchMove' | 'touchEnd', ...parts: number[]) =>
      session.send('Input.dispatchTouchEvent', {
        type,
        touchPoints: parts.map((part, id) => ({ x: x + part * width, y: y + height / 2, id })),
      });
    await touch('touchStart', 0.7);
    for (const part of [0.65, 0.6, 0.5, 0.4, 0.3, 0.2]) await touch('touchMove', part);
    await touch('touchEnd');
    await until('it is later', async () => (await from(page)) > '2017-07-19');
    await touch('touchStart', 0.4, 0.6);
    for (const by of [0.05, 0.1, 0.15, 0.2]) await touch('touchMove', 0.4 - by, 0.6 + by);
    await touch('touchEnd');
    await until('it is a third as long', async () => {
      const [a, b] = (await rangeOf(page)).map((text) => Date.parse(`${text}Z`)) as [number, number];
      return b - a < 6 * 86_400_000;
    });
    await painted(page);
    await touch('touchStart', 0.5);
    await touch('touchEnd');
    await until('the time is told', () => page.locator('.cursor-time').isVisible());
    expect((await legendOf(page))['apex_humidity']).toMatch(/%$/);
  });
});

describe('the axis of values', () => {
  it('is moved by a drag, stretched by the wheel, and freed by a double click', async () => {
    const { page } = await open(link(july, ...apex('humidity')));
    await painted(page);
    const { x, y, height } = await areaOf(page);
    const steps = () => page.evaluate(() => window.history.length);
    const before = await steps();
    await page.mouse.move(x - 30, y + height / 2);
    await page.mouse.down();
    await page.mouse.move(x - 30, y + height / 2 + 60, { steps: 4 });
    await page.mouse.up();
    await until('its ends are in the address', async () => page.url().includes('&y='));
    expect(await steps()).toBe(before + 1);
    const ends = () =>
      /&y=([^:]+):([^:]+):/.exec(decodeURIComponent(page.url()))!.slice(1).map(Number) as [number, number];
    const [low, high] = ends();
    await page.mouse.wheel(0, -100);
    await until('it is stretched', async () => ends()[1] - ends()[0] < 0.9 * (high - low));
    await page.mouse.dblclick(x - 30, y + height / 2);
    await until('it follows the data again', async () => !page.url().includes('&y='));
  });

  it('is logarithmic where that is wanted, and says what has no place there', async () => {
    const { page } = await open(link(july, ...apex('temperature', 'humidity')));
    await painted(page);
    const linear = await inkOf(page, '--series-2');
    await page.keyboard.press('g');
    await until('it says so', async () =>
      (await page.textContent('.notices'))!.includes('zero and below have no place on a log axis'),
    );
    await until('the line is another one', async () => Math.abs((await inkOf(page, '--series-2')) - linear) > 50);
    expect(page.url()).toContain('scale=log');
    await keepScreenshot(page, 'log-axis');
  });
});

describe('what is pointed at', () => {
  it('is told of all fields in all plots, by mouse and by keys', async () => {
    const { page } = await open(`${link(july, ...apex('temperature'))}&plot=2&field=apex_archive::apex_humidity`);
    await painted(page, '--series-1', 1);
    type Answer = { series: { time: number[]; value: number[] }[] };
    const query = `from=1499990400&to=1501200001&field=apex_archive::apex_temperature&field=apex_archive::apex_humidity`;
    const { series } = (await (await fetch(`${stack().url}/api/v1/series?${query}`)).json()) as Answer;
    const { x, y, width, height } = await areaOf(page);
    await page.mouse.move(x + width / 2, y + height / 2);
    await until(
      'the time is told in both plots',
      async () => (await page.locator('.cursor-time:visible').count()) === 2,
    );
    const told = (await page.locator('.cursor-time').first().textContent())!;
    const t = Date.parse(`${told.replace(' ', 'T')}Z`) / 1000;
    expect(Math.abs(t - 1_500_595_200)).toBeLessThan(1300);
    const nearest = series.map(({ time, value }) => {
      const i = time.reduce((best, x2, at) => (Math.abs(x2 - t) < Math.abs(time[best]! - t) ? at : best), 0);
      return value[i]!;
    });
    const minus = (text: string) => Number.parseFloat(text.replace('−', '-'));
    await until('the values are those of the server', async () => {
      const [a, b] = [await legendOf(page, 0), await legendOf(page, 1)];
      return minus(a['apex_temperature']!) === nearest[0] && minus(b['apex_humidity']!) === nearest[1];
    });
    await page.mouse.move(5, 5);
    await until('nothing is pointed at', () => page.locator('.cursor-time').first().isHidden());
    for (let i = 0; i < 3; i++) await page.keyboard.press(',');
    await until('keys point, too', async () =>
      (await page.locator('.cursor-time').first().textContent())!.startsWith('2017-07-27'),
    );
    await page.keyboard.press('Escape');
    await until('and let go', () => page.locator('.cursor-time').first().isHidden());
  });
});
