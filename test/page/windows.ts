import { afterAll, afterEach, beforeAll, expect } from '@jest/globals';
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { type Stack, startStack } from '../support/stack-process.js';
import { launchBrowser, openWindow, until, type Window } from './browser.js';

/** A browser and a stack for the tests of a file. */
export interface Stage {
  readonly stack: () => Stack;
  readonly browser: () => Browser;
  /** Waits until the bridge lists these fields: a link to one that is not there yet is answered by an error. */
  listed(...fields: readonly string[]): Promise<void>;
  /** Opens the page with what stands behind the `#`; it is closed after the test, which fails on any error in it. */
  open(
    hash?: string,
    options?: BrowserContextOptions & { readonly url?: string; readonly allow?: RegExp },
  ): Promise<Window>;
}

export function setStage(env: Readonly<Record<string, string>> = {}): Stage {
  let browser: Browser | undefined;
  let stack: Stack | undefined;
  const open: { readonly window: Window; readonly allow: RegExp | undefined }[] = [];

  beforeAll(async () => {
    [browser, stack] = await Promise.all([launchBrowser(), startStack(env)]);
  });
  afterAll(async () => {
    await browser?.close();
    await stack?.stop();
  });
  afterEach(async () => {
    const { exitCode, signalCode } = stack!.child;
    if ((exitCode ?? signalCode) !== null)
      throw new Error(`the stack ended (${exitCode ?? signalCode}): ${stack!.stderr()}`);
    for (const { window, allow } of open.splice(0)) {
      await window.page.context().close();
      expect(window.problems.filter((problem) => !allow?.test(problem))).toEqual([]);
    }
  });

  return {
    stack: () => stack!,
    browser: () => browser!,
    listed: (...fields) => listedBy(stack!.url, ...fields),
    async open(hash = '', { url = stack!.url, allow, ...options } = {}) {
      const window = await openWindow(browser!, options);
      open.push({ window, allow });
      await window.page.goto(`${url}/${hash}`);
      return window;
    },
  };
}

/** Waits until the bridge of this address lists these fields. */
export async function listedBy(url: string, ...fields: readonly string[]): Promise<void> {
  await until(`${fields.join(', ')} are listed`, async () => {
    const answer = (await (await fetch(`${url}/api/v1/fields`)).json()) as {
      readonly fields: readonly { field: string }[];
    };
    const ids = new Set(answer.fields.map(({ field }) => field));
    return fields.every((id) => ids.has(id));
  });
}

/** A link with these fields, each in the plot before it. */
export function link(range: string, ...fields: readonly string[]): string {
  return `#${range}${fields.map((field) => `&field=${encodeURIComponent(field)}`).join('')}`;
}

export const july = 'from=2017-07-14T00:00:00Z&to=2017-07-28T00:00:01Z';
export const apex = (...names: readonly string[]) => names.map((name) => `apex_archive::apex_${name}`);
