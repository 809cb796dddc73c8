import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataNodeServer } from '@sisock/data-node-server';
import { connectSession, type WampSession } from '@sisock/wamp';
import { readFileSync } from 'node:fs';
import { areaOf, inked, inkOf, keepScreenshot, legendOf, painted, until } from './browser.js';
import { link, setStage } from './windows.js';

const t0 = 1_500_000_000;
const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => t0 + from + i);

/** Half an hour with a gap in its middle, states, values that are none, and the same a day before but for 10. */
class Cryostat extends DataNodeServer {
  override readonly name = 'lab';
  override readonly description = 'A node of this test';
  readonly #times = [...seconds(0, 700), ...seconds(1100, 1800)];
  readonly #all = [...this.#times.map((t) => t - 86_400), ...this.#times];

  override getFields() {
    const field = (type: 'number' | 'string' | 'bool', units: string | null = null) => {
      return { timeline: 'seconds', type, units, description: null } as const;
    };
    const fields = {
      temperature: field('number', 'K'),
      holes: field('number', 'K'),
      phase: field('string'),
      heater: field('bool'),
    };
    return [fields, { seconds: { interval: 1, field: Object.keys(fields) } }] as const;
  }

  override getData() {
    const data = {
      temperature: this.#all.map((t) => (t < t0 ? 10 : 20) + Math.sin(t / 100)),
      holes: this.#all.map((t) => (t % 100 < 5 ? NaN : t % 100 < 8 ? Infinity : 5 + Math.sin(t / 9))),
      phase: this.#all.map((t) => (t - t0 < 600 ? 'cooling' : t - t0 < 1300 ? 'cold' : 'warming')),
      heater: this.#all.map((t) => t - t0 > 1300),
    };
    return { data, timeline: { seconds: { t: this.#all, finalized_until: t0 + 1800 } } };
  }
}

const { listed, open, stack } = setStage({ SISOCK_DEMO: 'no' });
const range = `from=${t0}&to=${t0 + 1800}`;
let session: WampSession;
let lab: { close(): Promise<void> };

async function startLab(): Promise<void> {
  lab = await new Cryostat().start({ session });
}

beforeAll(async () => {
  const secret = readFileSync(`${stack().dataDirectory}/secrets/server`, 'utf8').trim();
  session = connectSession({ url: stack().routerUrl, authid: 'server', secret });
  await startLab();
  await listed('lab::phase');
});
afterAll(async () => {
  await lab?.close();
  await session?.close();
});

/** How much of the columns has ink: where a line is a little aslant, its ink is too pale here and there. */
const partOf = (columns: readonly boolean[]) => columns.filter(Boolean).length / columns.length;

/** Moves the mouse to a part of the plot's width. */
async function pointAt(page: Awaited<ReturnType<typeof open>>['page'], part: number): Promise<void> {
  const { x, y, width, height } = await areaOf(page);
  await page.mouse.move(x + part * width, y + height / 2);
}

describe('strings and bools', () => {
  it('are bands of their states, told at the cursor', async () => {
    const { page } = await open(link(range, 'lab::temperature', 'lab::phase', 'lab::heater'));
    await painted(page);
    for (const [part, phase, heater] of [
      [0.1, 'cooling', 'false'],
      [0.65, 'cold', 'false'],
      [0.9, 'warming', 'true'],
    ] as const) {
      await pointAt(page, part);
      await until(`it is ${phase}`, async () => {
        const { phase: a, heater: b } = await legendOf(page);
        return a === phase && b === heater;
      });
    }
    await keepScreenshot(page, 'states');
  });

  it('have a plot to themselves where there is no number', async () => {
    const { page } = await open(link(range, 'lab::phase', 'lab::heater'));
    await until('the state is told', async () => (await legendOf(page))['phase'] === 'warming');
    await until('its band is painted', async () => (await inkOf(page, '--series-3')) > 20);
    expect(await page.locator('.message').isHidden()).toBe(true);
  });
});

describe('a gap', () => {
  it('is a gap, at every level of zoom, and the values in it are none', async () => {
    const { page } = await open(link(range, 'lab::temperature'));
    await painted(page);
    const inGap = async () => {
      const columns = await inked(page, '--series-1', 'columns');
      const [from, to] = [Math.round((columns.length * 710) / 1800), Math.round((columns.length * 1090) / 1800)];
      return { before: partOf(columns.slice(0, from - 20)), inside: partOf(columns.slice(from, to)) };
    };
    await until('the line is broken', async () => {
      const { before, inside } = await inGap();
      return before > 0.9 && inside === 0;
    });
    await pointAt(page, 0.5);
    await until('there is no value', async () => (await legendOf(page))['temperature'] === '–');
    await keepScreenshot(page, 'gap');
  });

  it('is where values are not finite, and nothing else is lost by that', async () => {
    const { page } = await open(link(range, 'lab::holes'));
    await painted(page);
    const columns = await inked(page, '--series-1', 'columns');
    const at = (t: number) => columns[Math.round(((t - t0) / 1800) * columns.length)];
    // Of every 100 s the first 8 are NaN and infinities.
    expect([t0 + 50, t0 + 150, t0 + 1650].map(at)).toEqual([true, true, true]);
    expect([t0 + 4, t0 + 104, t0 + 1604].map(at)).toEqual([false, false, false]);
    expect((await legendOf(page))['holes']).toMatch(/^[456]\.?\d* K$/);
  });
});

describe('a comparison', () => {
  it('draws the same field as it was before, and tells both', async () => {
    const { page } = await open(link(range, 'lab::temperature'));
    await painted(page);
    const apart = async () => {
      const rows = await inked(page, '--series-1', 'rows');
      const part = (from: number, to: number) => rows.slice(from * rows.length, to * rows.length).some(Boolean);
      return part(0, 0.35) && !part(0.35, 0.65) && part(0.65, 1);
    };
    expect(await apart()).toBe(false);
    await page.getByLabel('Compare with the same before').selectOption('86400');
    await until('two lines are painted', apart);
    expect(page.url()).toContain('before=1d');
    await pointAt(page, 0.2);
    const words = () => page.textContent('.cell .words');
    await until('both values are told', async () => /1 d before: (9|10)\.?\d* K/.test((await words())!));
    expect((await legendOf(page))['temperature']).toMatch(/^(19|20)\.?\d* K$/);
    await keepScreenshot(page, 'comparison');
    await page.reload();
    await until('a reload shows both', apart);
  });
});

describe('what came and went', () => {
  it('is marked in plots that it may concern, and told where it is pointed at', async () => {
    const { page } = await open(link('last=5m', 'lab::temperature'), { allow: /status of 404/ });
    await lab.close();
    const marks = async () => {
      await until('the node is gone', async () => (await page.textContent('#health'))!.includes('lab'));
      return (await inkOf(page, '--bad')) > 5;
    };
    await until('it is marked', marks);
    await startLab();
    await until('its return is marked', async () => (await inkOf(page, '--ok')) > 5);
    const columns = await inked(page, '--ok', 'columns');
    const { x, y, height } = await areaOf(page);
    await page.keyboard.press(' ');
    await page.mouse.move(x + columns.lastIndexOf(true), y + height / 2);
    await until('it is told', async () => (await page.textContent('.event-words'))!.includes('data node lab'));
    await page.keyboard.press('e');
    await until('the marks are gone', async () => (await inkOf(page, '--ok')) === 0);
    expect(page.url()).toContain('events=off');
  });
});
