import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataNodeServer } from '@sisock/data-node-server';
import { connectSession, type WampSession } from '@sisock/wamp';
import { legendOf, painted, rangeOf, until } from './browser.js';
import { july, link, setStage } from './windows.js';

const t0 = 1_500_000_000;
const markup = '<img src=x onerror="hit=1">';

/** A node in whose names, words and values there is markup. */
class Markup extends DataNodeServer {
  override readonly name = 'markup';
  override readonly description = markup;

  override getFields() {
    const field = (type: 'number' | 'string') =>
      ({ timeline: 'a', type, units: '<i>K</i>', description: markup }) as const;
    return [{ [markup]: field('number'), '<b>phase</b>': field('string') }, { a: { interval: 1, field: [] } }] as const;
  }

  override getData() {
    const t = Array.from({ length: 100 }, (_, i) => t0 + i);
    const data = { [markup]: t.map((_, i) => i), '<b>phase</b>': t.map(() => markup) };
    return { data, timeline: { a: { t, finalized_until: t0 + 100 } } };
  }
}

const { listed, open, stack } = setStage();
let session: WampSession;
let node: { close(): Promise<void> };

beforeAll(async () => {
  const secret = readFileSync(`${stack().dataDirectory}/secrets/server`, 'utf8').trim();
  session = connectSession({ url: stack().routerUrl, authid: 'server', secret });
  node = await new Markup().start({ session });
  await listed(`markup::${markup}`);
});
afterAll(async () => {
  await node?.close();
  await session?.close();
});

describe('a link', () => {
  it('with fields and nodes that are not there says so, and shows the others', async () => {
    const { page } = await open(link(july, 'apex_archive::apex_humidity', 'apex_archive::lost', 'nobody::x'), {
      allow: /status of 404/,
    });
    await painted(page);
    const notices = () => page.locator('.notices').innerText();
    await until('the field is told', async () => (await notices()).includes('lost'));
    await until('the node is told', async () => (await notices()).includes('nobody'));
    expect((await legendOf(page))['apex_humidity']).toMatch(/%$/);
  });

  it('with parts that mean nothing shows what is left of it', async () => {
    const field = 'ocs::observatory.cryostat.feeds.temperatures.stage_50k';
    const { page } = await open(`#from=never&to=&scale=cubic&y=a:b&before=soon&tab=lost&field=nonsense&field=${field}`);
    await painted(page);
    expect(Object.keys(await legendOf(page))).toEqual(['stage_50k']);
    expect((await rangeOf(page))[0]).not.toContain('NaN');
  });
});

describe('markup in names, units, descriptions and values', () => {
  it('is text everywhere', async () => {
    const { page } = await open(link(`from=${t0}&to=${t0 + 100}`, `markup::${markup}`, 'markup::<b>phase</b>'));
    await painted(page);
    await until('its value is told', async () => (await legendOf(page))[markup] === '99 <i>K</i>');
    expect((await legendOf(page))['<b>phase</b>']).toContain(markup);
    await page.fill('#search', 'img onerror');
    const row = page.locator('.row.field').first();
    await until('it is found', async () => (await row.textContent())!.includes(markup));
    await row.hover();
    await until('its description is told', async () => (await page.textContent('#details'))!.includes(markup));
    await page.locator('h1').click();
    for (const key of ['t', 's', 'p']) {
      await page.keyboard.press(key);
      await until('it is there', async () => (await page.textContent('body'))!.includes(markup));
    }
    expect(await page.evaluate(() => 'hit' in window)).toBe(false);
    expect(await page.locator('img[src="x"], main b, main i').count()).toBe(0);
  });
});
