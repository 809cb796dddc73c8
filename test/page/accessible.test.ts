import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import type { Page } from 'playwright-core';
import { painted, until } from './browser.js';
import { apex, july, link, setStage } from './windows.js';

const { open } = setStage();
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[] }[];
}

/** What axe-core has against the page as it stands, each with the elements that are meant. */
async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe);
  const { violations: found } = (await page.evaluate('axe.run()')) as { violations: readonly Violation[] };
  return found.map(
    ({ id, impact, nodes }) => `${impact}: ${id} (${nodes.map(({ target }) => target.join(' ')).join(', ')})`,
  );
}

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true };
const looks = [
  ['light', { colorScheme: 'light' as const }],
  ['dark', { colorScheme: 'dark' as const }],
  ['on a telephone', phone],
] as const;

describe.each(looks)('axe-core finds nothing against the page, %s', (_, options) => {
  it('with plots, a search, the help and a complaint', async () => {
    const { page } = await open(link(july, ...apex('humidity', 'temperature')), options);
    await painted(page);
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('?');
    await until('the help is there', () => page.locator('dialog[open]').isVisible());
    expect(await violations(page)).toEqual([]);
    await page.keyboard.press('Escape');
    await page.fill('#from', 'the day before');
    await page.locator('#from').press('Enter');
    await until('it complains', () => page.locator('#range-error').isVisible());
    if (await page.locator('#side-open').isVisible()) await page.click('#side-open');
    await page.fill('#search', 'humidity');
    await until('it is found', () => page.locator('.row.field').first().isVisible());
    expect(await violations(page)).toEqual([]);
  });

  it('with the table and the status', async () => {
    const { page } = await open('#tab=table', options);
    await until('there are values', async () => /ago/.test(await page.locator('.tbody').innerText()));
    expect(await violations(page)).toEqual([]);
    await page.goto(page.url().replace('tab=table', 'tab=status'));
    await until('there are figures', async () => /database/.test(await page.locator('#status').innerText()));
    expect(await violations(page)).toEqual([]);
  });
});
