// The page in Debian's chromium (headless, no graphics card): size of what it loads, frame times while 30 days x 1 Hz x 8
// fields are panned by the mouse, memory while it follows live fields. Options: --quick (3 days, 20 s of live tail),
// --parts size,frames,live, --live-seconds 3600
/* global window, requestAnimationFrame */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';
import { suiteOptions } from './lib/arguments.mjs';
import { day, end, fieldName, values, version } from './lib/dataset.mjs';
import { feedAddress, makeTree } from './lib/g3-tree.mjs';
import { startLab } from './lib/lab.mjs';
import { cacheDir } from './lib/peer-store.mjs';
import { startSisock, until } from './lib/processes.mjs';
import { startEmbedded } from './lib/routers.mjs';
import { percentile, report } from './lib/table.mjs';

const options = suiteOptions({
  parts: { type: 'string', default: 'size,frames,live' },
  'live-seconds': { type: 'string' },
});
const { quick, parts } = options;
const days = quick ? 3 : 30;
const liveSeconds = Number(options['live-seconds'] ?? (quick ? 20 : 600));
const names = Array.from({ length: 8 }, (_, k) => fieldName(k));
const measures = { size, frames, live };
for (const part of parts.split(',')) await measures[part]();
process.exit(0);

function size() {
  const viewer = join(import.meta.dirname, '../packages/viewer');
  const files = readdirSync(join(viewer, 'dist/page')).filter((name) => /\.(js|css)$/.test(name));
  const paths = [join(viewer, 'static/index.html'), ...files.map((name) => join(viewer, 'dist/page', name))];
  const bytes = paths.reduce((sum, path) => sum + gzipSync(readFileSync(path)).length, 0);
  report({ what: 'page: document, programs and style, gzip', unit: 'kB', ours: bytes / 1000, goal: '<= 150' });
}

async function frames() {
  const series = { feed: 'panel', start: end - days * day, count: days * day, names };
  const tree = join(cacheDir, `page-v${version}-${days}`);
  makeTree(tree, [series], values);
  const router = await startEmbedded();
  const scan = startSisock(['g3-file-scanner', '--once'], { ...router.env, DATA_DIRECTORY: tree });
  if ((await scan.ended) !== 0) throw new Error(scan.output());
  const lab = await startLab(
    router,
    { g3_reader: { words: ['node', 'g3-reader'], env: {} } },
    { HTTP_DEADLINE: '120' },
  );
  const fields = names.map((name) => `&field=g3_reader::${feedAddress('panel')}.${name}`).join('');
  const { browser, page } = await openPage(`${lab.url}/#from=${series.start}&to=${end}${fields}`);
  const what = `panning ${days} days x 1 Hz x ${names.length} fields`;
  const began = performance.now();
  await isDrawn(page, names.length);
  report({
    what: `${what}: page opened to drawn, nothing in the node's memory`,
    unit: 'ms',
    ours: performance.now() - began,
  });
  const { x, y, width, height } = await page.locator('.plot .u-over').first().boundingBox();
  await page.keyboard.down('Shift');
  await page.mouse.move(x + 0.5 * width, y + height / 2);
  await page.mouse.down();
  await page.evaluate(() => {
    window.frameTimes = [];
    const frame = (at) => (window.frameTimes.push(at), requestAnimationFrame(frame));
    requestAnimationFrame(frame);
  });
  for (let step = 0; step < (quick ? 120 : 600); step++) {
    await page.mouse.move(x + (0.5 + 0.35 * Math.sin(step / 25)) * width, y + height / 2);
  }
  const times = await page.evaluate(() => window.frameTimes);
  await page.mouse.up();
  await page.keyboard.up('Shift');
  const deltas = times.slice(1).map((at, i) => at - times[i]);
  const [ours, oursP99] = [percentile(deltas, 0.5), percentile(deltas, 0.99)];
  report({ what: `${what}: a frame`, unit: 'ms', ours, oursP99, goal: '<= 34' });
  report({ what: `${what}: longest of ${deltas.length} frames`, unit: 'ms', ours: Math.max(...deltas) });
  await browser.close();
  await lab.stop();
  await router.stop();
}

async function live() {
  const stack = startSisock(['up'], { PORT: '0', CROSSBAR_OCS_PORT: '0' });
  const url = await stack.line(/http:\/\/\S+?:\d+(?=\s)/);
  const stages = ['stage_50k', 'stage_4k', 'still', 'mixing_chamber', 'magnet'];
  const fields = stages.map((name) => `&field=ocs::observatory.cryostat.feeds.temperatures.${name}`).join('');
  const { browser, page } = await openPage(`${url}/#last=5m${fields}`);
  await isDrawn(page, stages.length);
  const devtools = await page.context().newCDPSession(page);
  const megabytes = async () => {
    await devtools.send('HeapProfiler.collectGarbage');
    return (await devtools.send('Runtime.getHeapUsage')).usedSize / 1e6;
  };
  await sleep((1000 * liveSeconds) / 10);
  const first = await megabytes();
  await sleep((1000 * liveSeconds * 9) / 10);
  const what = 'live tail of 5 minutes, 5 fields at 4 Hz';
  report({ what: `${what}: heap after ${liveSeconds / 10} s`, unit: 'MB', ours: first });
  report({ what: `${what}: heap after ${liveSeconds} s`, unit: 'MB', ours: await megabytes(), goal: '<= 50' });
  await browser.close();
  await stack.stop();
}

async function openPage(url) {
  const browser = await chromium.launch({
    executablePath: '/usr/bin/chromium',
    args: ['--headless', '--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking'],
  });
  process.once('exit', () => void browser.close());
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.goto(url);
  return { browser, page };
}

/** Every field has its value, and nothing is under way. */
function isDrawn(page, fields) {
  return until(async () => {
    const told = await page.locator('.cell .value').allTextContents();
    const isBusy = (await page.locator('.loading:visible').count()) > 0;
    return told.length >= fields && told.every((text) => text !== '' && text !== '–') && !isBusy;
  }, 120_000);
}
