import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, type BrowserContextOptions, chromium, type Locator, type Page } from 'playwright-core';
import { until as untilWithin } from '../interop/peers/until.js';

const executablePath = '/usr/bin/chromium';
const screenshots = join(import.meta.dirname, '../../.cache/screenshots');

/** A busy machine takes its time: only what never happens is waited for to the end. */
const patienceMs = 120_000;

/** Asks again and again until the answer is neither undefined nor false. */
export function until<T>(what: string, ask: () => T | undefined | false | Promise<T | undefined | false>): Promise<T> {
  return untilWithin(what, ask, patienceMs);
}

/** Debian's chromium, which talks to nobody but the page. */
export async function launchBrowser(): Promise<Browser> {
  if (!existsSync(executablePath)) {
    throw new Error(`${executablePath} is not there: the page tests need it (apt-get install chromium)`);
  }
  return chromium.launch({
    executablePath,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page in a window of its own, and everything that went wrong in it. */
export interface Window {
  readonly page: Page;
  readonly problems: string[];
}

export async function openWindow(browser: Browser, options: BrowserContextOptions = {}): Promise<Window> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, ...options });
  context.setDefaultTimeout(patienceMs);
  const page = await context.newPage();
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') problems.push(`${message.text()} (${message.location().url})`);
  });
  return { page, problems };
}

/** Keeps a picture for a person to look at. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  mkdirSync(screenshots, { recursive: true });
  await page.screenshot({ path: join(screenshots, `${name}.png`) });
}

/** How many pixels of a plot's canvas have the given colour, more or less: ink of one line. */
export function inkOf(page: Page, cssVariable: string, plot = 0): Promise<number> {
  return page.evaluate(
    ([variable, index]) => {
      const canvas = document.querySelectorAll<HTMLCanvasElement>('.plot canvas')[index];
      if (!canvas) return 0;
      const probe = document.createElement('canvas').getContext('2d')!;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
      let found = 0;
      for (let i = 0; i < data.length; i += 4) {
        if (
          data[i + 3]! > 200 &&
          Math.abs(data[i]! - r!) + Math.abs(data[i + 1]! - g!) + Math.abs(data[i + 2]! - b!) < 24
        ) {
          found++;
        }
      }
      return found;
    },
    [cssVariable, plot] as const,
  );
}

/**
 * Which columns or rows of a plot's plotted area have ink of a colour, from the left or the top: also of a thin line whose
 * ink two pixels share.
 */
export function inked(page: Page, cssVariable: string, lines: 'columns' | 'rows', plot = 0): Promise<boolean[]> {
  return page.evaluate(
    ([variable, along, index]) => {
      const canvas = document.querySelectorAll<HTMLCanvasElement>('.plot canvas')[index]!;
      const over = document.querySelectorAll<HTMLElement>('.plot .u-over')[index]!;
      const ratio = window.devicePixelRatio;
      const probe = document.createElement('canvas').getContext('2d')!;
      probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(variable).trim();
      probe.fillRect(0, 0, 1, 1);
      const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
      const [left, top] = [over.offsetLeft * ratio, over.offsetTop * ratio];
      const [width, height] = [over.clientWidth * ratio, over.clientHeight * ratio];
      const { data } = canvas.getContext('2d')!.getImageData(left, top, width, height);
      const found = Array.from({ length: along === 'columns' ? width : height }, () => false);
      for (let y = 0; y < height; y++) {
        for (let x = 0; x < width; x++) {
          const i = 4 * (y * width + x);
          const far = Math.abs(data[i]! - r!) + Math.abs(data[i + 1]! - g!) + Math.abs(data[i + 2]! - b!);
          if (data[i + 3]! > 200 && far < 130) found[along === 'columns' ? x : y] = true;
        }
      }
      return found;
    },
    [cssVariable, lines, plot] as const,
  );
}

/** What the list under a plot tells: the value of each field by its name. */
export async function legendOf(page: Page, plot = 0): Promise<Record<string, string>> {
  const cells = await page
    .locator('.panel')
    .nth(plot)
    .locator('.cell')
    .evaluateAll((all) =>
      all.map((cell) => [cell.querySelector('.name')!.textContent!, cell.querySelector('.value')!.textContent!]),
    );
  return Object.fromEntries(cells) as Record<string, string>;
}

/** The plotted area of a plot on the screen. */
export function areaOf(page: Page, plot = 0) {
  return boxOf(page.locator('.plot .u-over').nth(plot));
}

/** Where something is, once it is there: a plot is made anew when its axes change. */
export function boxOf(locator: Locator) {
  return until('it is on the page', async () => (await locator.boundingBox()) ?? false);
}

/** The range in the inputs, as it is written there. */
export async function rangeOf(page: Page): Promise<[from: string, to: string]> {
  return [await page.inputValue('#from'), await page.inputValue('#to')];
}

/** Waits until a line is painted and everything is there. */
export async function painted(page: Page, cssVariable = '--series-1', plot = 0): Promise<void> {
  await until(`${cssVariable} is painted`, async () => (await inkOf(page, cssVariable, plot)) > 60);
  await until('nothing is under way', async () => (await page.locator('.loading:visible').count()) === 0);
}
