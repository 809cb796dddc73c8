import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { type SisockProcess, startSisock } from '../support/stack-process.js';
import { areaOf, keepScreenshot, launchBrowser, legendOf, openWindow, painted, until } from './browser.js';
import { joinObservatory, nowSeconds, type Observatory, type TestAgent } from './publisher.js';
import { link, listedBy, setStage } from './windows.js';

/** Publishes 200 samples a second whose value is their number, a quarter of a second at a time, as fast agents do. */
function startCounter(agent: TestAgent) {
  const times: number[] = [];
  const began = nowSeconds();
  const publish = async () => {
    const due = Math.floor((nowSeconds() - began) * 200);
    const numbers = Array.from({ length: Math.max(0, due - times.length) }, (_, i) => times.length + i);
    for (const n of numbers) times.push(began + n / 200);
    if (numbers.length > 0) {
      const stamps = numbers.map((n) => times[n]!);
      await agent.publish('fast', stamps, { count: numbers }).catch(() => undefined);
    }
  };
  const timer = setInterval(() => void publish(), 250);
  return { times, stop: () => clearInterval(timer) };
}

/** Points at so many places of the plot, and compares what is told with what was published. */
async function compare(page: Page, times: readonly number[], places: readonly number[]): Promise<void> {
  const { x, y, width, height } = await areaOf(page);
  for (const place of places) {
    await page.mouse.move(x + place * width, y + height / 2);
    const { told, day, value } = await page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return {
        told: document.querySelector('.cursor-time')!.textContent,
        day: document.querySelector<HTMLInputElement>('#from')!.value.slice(0, 10),
        value: document.querySelector('.cell .value')!.textContent,
      };
    });
    const t = Date.parse(`${day}T${told}Z`) / 1000;
    const n = Number(value.replaceAll('−', '-'));
    expect({ place, value, known: times[n] !== undefined }).toEqual({ place, value, known: true });
    // The nearest of samples that are 5 ms apart, at a place that is told to the millisecond.
    expect(Math.abs(times[n]! - t)).toBeLessThan(0.0035);
  }
  await page.mouse.move(2, 2);
  await until('nothing is pointed at', () => page.locator('.cursor-time').first().isHidden());
}

const everywhere = Array.from({ length: 11 }, (_, i) => (i + 0.5) / 11);
const fraction = (a: number, b: number) => everywhere.map((part) => a + part * (b - a));

describe('what agents publish', () => {
  const { open, listed, stack } = setStage({ SISOCK_DEMO: 'no' });
  let observatory: Observatory;
  beforeAll(async () => {
    observatory = await joinObservatory(stack().routerUrl);
  });
  afterAll(() => observatory?.close());

  it('is seen as it comes, and stands still while it is paused', async () => {
    const agent = observatory.agent('slow');
    const field = agent.id('steps', 'x', 'feeds');
    await agent.publish('steps', [nowSeconds()], { x: [1] });
    await listed(field);
    const { page } = await open(link('last=30s', field));
    const value = async () => (await legendOf(page))['x'];
    await until('the first one is there', async () => (await value()) === '1');
    await until('it is live', async () => (await page.textContent('#live')) === 'live');
    for (const next of [2, 3, 4]) {
      await agent.publish('steps', [nowSeconds()], { x: [next] });
      await until(`number ${next} is there`, async () => (await value()) === String(next));
    }
    await page.keyboard.press(' ');
    await until('it is not live', async () => (await page.textContent('#live')) === 'not live');
    await agent.publish('steps', [nowSeconds() + 1], { x: [5] });
    const other = observatory.agent('marker');
    await other.publish('steps', [nowSeconds()], { y: [1] });
    await until('the server has it', async () =>
      JSON.stringify(await (await fetch(`${stack().url}/api/v1/latest?field=${field}`)).json()).includes('"value":5'),
    );
    expect(await value()).toBe('4');
    const paused = page.url();
    expect(paused).toContain('from=');
    await page.getByRole('button', { name: 'Go live' }).click();
    await until('it goes on', async () => (await value()) === '5');
    expect(page.url()).toContain('last=30s');
  });

  it('at 200 Hz is shown without a hole or a double, through a change of fields and a zoom', async () => {
    const agent = observatory.agent('accel');
    const counter = startCounter(agent);
    try {
      const field = agent.id('fast', 'count', 'feeds');
      await until('there are some', () => counter.times.length > 800);
      await listed(field);
      const { page } = await open(link('last=4s', field));
      await painted(page);
      const seen = async () => Number((await legendOf(page))['count']);
      const first = await until(
        'it is live',
        async () => (await page.textContent('#live')) === 'live' && (await seen()),
      );
      await until('seconds passed live', async () => (await seen()) > first + 300);
      await page.keyboard.press(' ');
      await until('it is paused', async () => (await page.textContent('#live')) === 'not live');
      await compare(page, counter.times, fraction(0, 0.85));
      await page.keyboard.press('l');
      await page.keyboard.press('-');
      await until('it is twice as long', async () => page.url().includes('last=8s'));
      const later = await seen();
      await until('more came', async () => (await seen()) > later + 600);
      await page.keyboard.press(' ');
      await until('it is paused', async () => (await page.textContent('#live')) === 'not live');
      // So many samples are reduced: what stands at the least and greatest of each pixel is real all the same.
      await painted(page);
      await page.keyboard.press('+');
      await painted(page);
      await compare(page, counter.times, fraction(0, 0.7));
      await keepScreenshot(page, 'fast-field');
    } finally {
      counter.stop();
    }
  });

  it('that no one follows any more is told as what it is', async () => {
    const agent = observatory.agent('gone-quiet');
    await agent.publish(
      'steps',
      Array.from({ length: 60 }, (_, i) => nowSeconds() - 100 + i),
      {
        x: Array.from({ length: 60 }, (_, i) => i),
      },
    );
    const field = agent.id('steps', 'x', 'feeds');
    await listed(field);
    const { page } = await open(link('last=5m', field));
    await until('it says that nothing new comes', async () => (await page.textContent('#live')) === 'no new data');
    await until('and for how long', async () => /nothing for \d+ s/.test((await page.textContent('.cell .words'))!));
  });
});

describe('when something is gone', () => {
  const parts: SisockProcess[] = [];
  const start = (words: readonly string[], env: Readonly<Record<string, string>>): SisockProcess => {
    const part = startSisock(words, env);
    parts.push(part);
    return part;
  };
  const told = (part: SisockProcess, pattern: RegExp) =>
    until(`${pattern} is told`, () => pattern.exec(part.stdout())?.[0]);
  afterAll(async () => {
    for (const part of parts.reverse()) await part.stop('SIGKILL');
  });

  it('the page says what, and heals without a reload: bridge, node, router', async () => {
    const router = start(['router'], { CROSSBAR_OCS_PORT: '0' });
    const routerUrl = await told(router, /ws:\/\/\S+\/ws/);
    const common = { CROSSBAR_OCS_PORT: new URL(routerUrl).port, SISOCK_DATA_DIR: router.dataDirectory };
    const feedEnv = { ...common, FEED_PATTERN: 'observatory..feeds.', NAME: 'feeds' };
    start(['hub'], common);
    const feeds = start(['node', 'data-feed'], feedEnv);
    const http = start(['http'], { ...common, PORT: '0' });
    const url = await told(http, /http:\/\/\S+/);
    const observatory = await joinObservatory(routerUrl);
    const agent = observatory.agent('accel');
    const counter = startCounter(agent);
    const browser = await launchBrowser();
    try {
      const field = agent.id('fast', 'count', 'feeds');
      await listedBy(url, field);
      const { page, problems } = await openWindow(browser);
      await page.goto(`${url}/${link('last=4s', field)}`);
      await painted(page);
      const seen = async () => Number((await legendOf(page))['count']);
      const live = (text: string) => until(`it says "${text}"`, async () => (await page.textContent('#live')) === text);
      const alarm = (text: string) =>
        until(`the alarm says "${text}"`, async () => (await page.textContent('#alarm'))!.includes(text));
      const calm = () => until('the alarm is over', () => page.locator('#alarm').isHidden());
      await live('live');

      await http.stop('SIGKILL');
      await live('live lost, reconnecting');
      await alarm('does not answer');
      await keepScreenshot(page, 'bridge-gone');
      start(['http'], { ...common, PORT: new URL(url).port });
      await calm();
      await live('live');
      const after = await seen();
      await until('it goes on', async () => (await seen()) > after + 200);
      await page.keyboard.press(' ');
      await live('not live');
      await painted(page);
      await compare(page, counter.times, fraction(0, 0.85));
      await page.keyboard.press(' ');
      await live('live');

      for (let i = 0; i < 4; i++) await page.keyboard.press('-');
      await until('it is a minute', async () => page.url().includes('last=64s'));
      await painted(page);
      await feeds.stop('SIGKILL');
      await until('the sum of it names the node', async () =>
        /feeds|attention/.test((await page.textContent('#health'))!),
      );
      await until('the plot says what is missing, and keeps what it has', async () =>
        (await page.textContent('.notices'))!.includes('feeds'),
      );
      await keepScreenshot(page, 'node-gone');
      start(['node', 'data-feed'], feedEnv);
      await until('the notice is over', () => page.locator('.notices').isHidden());
      const back = await seen();
      await until('it goes on', async () => (await seen()) > back + 200);

      router.child.kill('SIGKILL');
      await router.ended;
      await alarm('lost its connection to the router');
      await keepScreenshot(page, 'session-gone');
      start(['router'], common);
      await calm();
      const again = await seen();
      await until('it goes on', async () => (await seen()) > again + 200);
      expect(
        problems.filter((text) => !/ERR_(CONNECTION_|EMPTY_RESPONSE)|status of (404|50\d)|WebSocket/.test(text)),
      ).toEqual([]);
    } finally {
      counter.stop();
      await browser.close();
      await observatory.close();
    }
  });
});
