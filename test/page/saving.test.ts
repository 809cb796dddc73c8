import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { areaOf, boxOf, painted, until } from './browser.js';
import { apex, july, link, setStage } from './windows.js';

const { open, stack } = setStage();
const fields = apex('humidity', 'radiometer');

/** What the browser saves when an item of the plot's menu is chosen. */
async function saved(page: Page, item: string, nth = 0): Promise<{ name: string; content: Buffer }> {
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: item, exact: true }).nth(nth).click();
  const file = await download;
  return { name: file.suggestedFilename(), content: readFileSync(await file.path()) };
}

const api = async (parameters: string) => {
  const query = fields.map((field) => `field=${field}`).join('&');
  return (await fetch(`${stack().url}/api/v1/series?${query}&from=1499990400&to=1501200001&${parameters}`)).text();
};

describe('a plot', () => {
  it('is saved as CSV as the API gives it: what is drawn or every sample, times as ISO or UNIX', async () => {
    const { page } = await open(link(july, ...fields));
    await painted(page);
    await painted(page, '--series-2');
    const pixels = Math.round((await areaOf(page)).width);
    const drawn = await saved(page, 'CSV of what is drawn');
    expect(drawn.name).toBe('apex-archive-201707140000Z.csv');
    const text = drawn.content.toString();
    expect(text).toBe(await api(`format=csv&maxDataPoints=${pixels}`));
    expect(text).toMatch(/^time,apex_archive::apex_humidity,apex_archive::apex_radiometer\r\n2017-07-14T00:00:00/);
    const unix = await saved(page, 'the same with UNIX times');
    expect(unix.content.toString()).toBe(await api(`format=csv&maxDataPoints=${pixels}&time=unix`));
    const all = await saved(page, 'CSV of every sample');
    expect(all.content.toString()).toBe(await api('format=csv&raw=true'));
    expect(all.content.toString().split('\r\n').length).toBeGreaterThan(20_000);
  });

  it('is saved as a picture with its title and its fields', async () => {
    const { page } = await open(link(july, ...fields));
    await painted(page);
    const { name, content } = await saved(page, 'Picture (PNG)');
    expect(name).toBe('apex-archive-201707140000Z.png');
    expect(content.subarray(1, 4).toString()).toBe('PNG');
    const { width, height } = await boxOf(page.locator('.plot canvas'));
    expect(content.readUInt32BE(16)).toBe(Math.round(width));
    expect(content.readUInt32BE(20)).toBeGreaterThan(Math.round(height) + 50);
    const painting = await page.evaluate(async (bytes) => {
      const image = await createImageBitmap(new Blob([Uint8Array.from(atob(bytes), (c) => c.charCodeAt(0))]));
      const ctx = new OffscreenCanvas(image.width, image.height).getContext('2d')!;
      ctx.drawImage(image, 0, 0);
      const different = (y: number, rows: number) => {
        const { data } = ctx.getImageData(0, y, image.width, rows);
        const colors = new Set<number>();
        for (let i = 0; i < data.length; i += 4) colors.add(data[i]! * 65_536 + data[i + 1]! * 256 + data[i + 2]!);
        return colors.size;
      };
      return { head: different(0, 36), foot: different(image.height - 30, 30) };
    }, content.toString('base64'));
    expect(painting.head).toBeGreaterThan(5);
    expect(painting.foot).toBeGreaterThan(5);
  });

  it('is sent as a link', async () => {
    const { page } = await open(link(july, ...fields), { permissions: ['clipboard-read', 'clipboard-write'] });
    await painted(page);
    await page.getByRole('button', { name: 'Copy link' }).click();
    await until('it says so', async () => (await page.textContent('#said'))!.includes('copied'));
    expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  });
});
