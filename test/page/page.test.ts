import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { Browser } from 'playwright-core';
import { freePort } from '@sisock/testkit';
import { type SisockProcess, type Stack, startSisock, startStack } from '../support/stack-process.js';
import { until } from '../interop/peers/until.js';
import { inkOf, keepScreenshot, launchBrowser, openWindow, type Window } from './browser.js';

const july =
  '#from=2017-07-14T00:00:00Z&to=2017-07-28T00:00:01Z' +
  ['humidity', 'temperature', 'radiometer'].map((name) => `&field=apex_archive::apex_${name}`).join('');
const states =
  '#last=5m' +
  ['cryostat.feeds.state.phase', 'cryostat.feeds.state.heater_on', 'weather-station.feeds.weather.wind_speed']
    .map((name) => `&field=feeds::observatory.${name}`)
    .join('');

let browser: Browser;
let stack: Stack;

beforeAll(async () => {
  browser = await launchBrowser();
  stack = await startStack();
});
afterAll(async () => {
  await browser?.close();
  await stack?.stop();
});

const windows: Window[] = [];
afterEach(async () => {
  for (const { page, problems } of windows.splice(0)) {
    await page.context().close();
    expect(problems).toEqual([]);
  }
});

async function open(url: string, options?: Parameters<typeof openWindow>[1]): Promise<Window> {
  const window = await openWindow(browser, options);
  windows.push(window);
  await window.page.goto(url);
  return window;
}

describe('the page of a stack that has just been started', () => {
  it('plots live samples, and says so', async () => {
    const { page } = await open(`${stack.url}/`);
    await until('the first line is painted', async () => (await inkOf(page, '--series-1')) > 100);
    await until('it says that it is live', async () => (await page.textContent('#live')) === 'live');
    expect(await page.locator('#legend-rows th .label').allTextContents()).toContain('stage_50k');
    const value = () => page.locator('#legend-rows .value').first().textContent();
    const first = await until('a value', async () => {
      const text = await value();
      return Number.parseFloat(text!) > 0 && text;
    });
    await until('a new value arrives', async () => (await value()) !== first);
    await keepScreenshot(page, 'live-light');
  });

  it('shows all lines, in a dark window too', async () => {
    const { page } = await open(`${stack.url}/`, { colorScheme: 'dark' });
    for (const n of [1, 2, 3, 4, 5]) {
      await until(`line ${n} is painted`, async () => (await inkOf(page, `--series-${n}`)) > 50);
    }
    await keepScreenshot(page, 'live-dark');
  });

  it('fits a telephone', async () => {
    const { page } = await open(`${stack.url}/`, { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 });
    await until('the first line is painted', async () => (await inkOf(page, '--series-1')) > 100);
    const overhang = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(overhang).toBeLessThanOrEqual(0);
    await keepScreenshot(page, 'live-phone');
  });
});

describe('the list of fields', () => {
  it('is narrowed by the search, and a field is shown by its box', async () => {
    const { page } = await open(`${stack.url}/`);
    await until('the fields are listed', async () => (await page.locator('.field').count()) > 10);
    await page.getByRole('searchbox').fill('ocs:: compressor oil');
    await until('one field is left', async () => (await page.locator('.field').count()) === 1);
    await page.getByLabel('oil_temperature').check();
    await until('it is in the legend', async () =>
      (await page.locator('#legend-rows .label').allTextContents()).includes('oil_temperature'),
    );
    await until('it is in the address', async () => page.url().includes('compressor.oil_temperature'));
    await page.getByRole('button', { name: 'Remove oil_temperature' }).click();
    await until('it is gone again', async () => !page.url().includes('oil_temperature'));
  });
});

describe('a link', () => {
  it('shows weather of 2017, with an axis for each unit', async () => {
    const { page } = await open(`${stack.url}/${july}`);
    for (const n of [1, 2, 3]) {
      await until(`line ${n} is painted`, async () => (await inkOf(page, `--series-${n}`)) > 200);
    }
    await until('units are known', async () => (await page.textContent('#legend-rows .value'))!.includes('%'));
    await until('it is not live', async () => (await page.textContent('#live')) === 'not live');
    expect(await page.inputValue('#from')).toBe('2017-07-14 00:00:00');
    await keepScreenshot(page, 'weather-2017');
  });

  it('shows strings and bools as lanes of states', async () => {
    const { page } = await open(`${stack.url}/${states}`);
    await until('both lanes are there', async () => (await page.locator('.lane-name').count()) === 2);
    expect(await page.locator('.lane-name').allTextContents()).toEqual(['phase', 'heater_on']);
    await until('the phase is told', async () =>
      /cooling|cold|warming/.test((await page.locator('.lane').first().textContent())!),
    );
    await keepScreenshot(page, 'states');
  });

  it('to a range without data says where data are, and leads there', async () => {
    const { page } = await open(`${stack.url}/#last=5m&field=apex_archive::apex_humidity`);
    await until('it says so', async () => (await page.textContent('#message'))!.includes('No data in this range'));
    await until('it says where', async () =>
      (await page.textContent('#message'))!.includes('from 2017-07-14 00:00:00'),
    );
    await keepScreenshot(page, 'no-data');
    await page.getByRole('button', { name: 'Show all of them' }).click();
    await until('the line is painted', async () => (await inkOf(page, '--series-1')) > 200);
    await page.getByRole('button', { name: 'Back' }).click();
    await until('the message is back', async () => (await page.textContent('#message'))!.includes('No data'));
  });
});

describe('the plot', () => {
  /** Painted, and not to be built anew when the units become known. */
  const settled = (page: Window['page']) =>
    until(
      'it is painted with units',
      async () =>
        (await inkOf(page, '--series-1')) > 200 && (await page.textContent('#legend-rows .value'))!.includes('%'),
    );

  it('zooms where it is dragged over, and a double click goes back', async () => {
    const { page } = await open(`${stack.url}/${july}`);
    await settled(page);
    const box = (await page.locator('.u-over').boundingBox())!;
    const y = box.y + box.height / 2;
    await page.mouse.move(box.x + box.width * 0.25, y);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.5, y, { steps: 4 });
    await page.mouse.up();
    await until('the range is the dragged one', async () => (await page.inputValue('#from')).startsWith('2017-07-17'));
    expect((await page.inputValue('#to')).startsWith('2017-07-2')).toBe(true);
    await page.mouse.dblclick(box.x + box.width * 0.4, y);
    await until('the range is whole again', async () => (await page.inputValue('#from')) === '2017-07-14 00:00:00');
  });

  it('tells the values at the cursor', async () => {
    const { page } = await open(`${stack.url}/${july}`);
    await settled(page);
    await page.locator('.u-over').hover();
    await until(
      'the legend shows that time',
      async () => (await page.textContent('#legend-when')) === 'At the cursor (UTC)',
    );
    expect(await page.locator('#legend-rows .when').first().textContent()).toMatch(/^2017-07-2\d /);
  });

  it('refuses a time that is none, and says what is allowed', async () => {
    const { page } = await open(`${stack.url}/${july}`);
    await page.fill('#from', 'yesterday');
    await page.getByRole('button', { name: 'Show' }).click();
    expect(await page.textContent('#range-error')).toContain('"yesterday" is no time');
    expect(await page.getAttribute('#from', 'aria-invalid')).toBe('true');
  });
});

describe('when something is gone', () => {
  const parts: SisockProcess[] = [];
  afterAll(async () => {
    for (const part of parts.reverse()) await part.stop('SIGKILL');
  });

  function part(words: readonly string[], env: Readonly<Record<string, string>>): SisockProcess {
    const started = startSisock(words, env);
    parts.push(started);
    return started;
  }

  it('the page says that it is not live any more, and is live again when the server is back', async () => {
    const ports = { PORT: String(await freePort()), CROSSBAR_OCS_PORT: String(await freePort()) };
    const first = await startStack(ports);
    parts.push(first);
    const { page } = await openWindow(browser);
    await page.goto(`${first.url}/`);
    const badge = (text: string) => until(`it says "${text}"`, async () => (await page.textContent('#live')) === text);
    await badge('live');
    first.child.kill('SIGKILL');
    await badge('live lost, reconnecting');
    await first.ended;
    parts.push(await startStack({ ...ports, SISOCK_DATA_DIR: first.dataDirectory }));
    await badge('live');
    const value = () => page.locator('#legend-rows .value').first().textContent();
    const before = await value();
    await until('a new value arrives', async () => (await value()) !== before);
    await page.context().close();
  });

  it('the page names the node, then the lost session, and recovers', async () => {
    const port = String(await freePort());
    const router = part(['router'], { CROSSBAR_OCS_PORT: port });
    await until('the router is up', () => router.stdout().includes('ws://'));
    const env = { CROSSBAR_OCS_PORT: port, SISOCK_DATA_DIR: router.dataDirectory, PORT: '0' };
    part(['hub'], env);
    const files = `${stack.dataDirectory}/demo/weather`;
    const weather = part(['node', 'weather'], { ...env, WEATHER_DIRECTORY: files });
    const http = part(['http'], env);
    await until('the bridge is up', () => http.stdout().includes('http://'));
    const url = /http:\/\/\S+/.exec(http.stdout())![0];

    const window = await openWindow(browser);
    await window.page.goto(`${url}/${july}`);
    const { page } = window;
    await until('the node is listed', async () => (await page.locator('.node.resting').count()) === 1);
    await weather.stop('SIGKILL');
    await until('the page says that the node is gone', async () => (await page.locator('.node.gone').count()) === 1);
    expect(await page.locator('.node.gone').textContent()).toContain('apex_archive');
    await keepScreenshot(page, 'node-gone');
    router.child.kill('SIGKILL');
    await router.ended;
    await until('the page says that the session is lost', async () =>
      (await page.textContent('#alarm'))!.includes('lost its connection to the router'),
    );
    await keepScreenshot(page, 'session-gone');
    part(['router'], env);
    await until('the page sees that the session is back', () => page.locator('#alarm').isHidden());
    await http.stop('SIGKILL');
    await until('the page says that the server is gone', async () =>
      (await page.textContent('#alarm'))!.includes('does not answer'),
    );
    await page.context().close();
  });
});
