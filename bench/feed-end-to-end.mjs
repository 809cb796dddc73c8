// Live feeds the whole way in: agents in another process publish in CBOR over a WebSocket, the embedded router hands the
// events on to a data-feed node in its own process, as `npm start` has it. Told are the share of one CPU core that router
// and node take together, and how many samples that were acknowledged are not in the buffer (which must be none).
// Options: --fields 1000 --rate 10 --seconds 20, --quick (--seconds 3)
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { readDataFeedSettings, startDataFeed } from '@sisock/data-feed-server';
import { createMetrics, silentLogger, systemClock } from '@sisock/runtime';
import { createRouter, permissionsFrom } from '@sisock/router';
import { BASE_URI, connectSession } from '@sisock/wamp';
import { suiteOptions } from './lib/arguments.mjs';
import { shapes } from './lib/feed-events.mjs';
import { until } from './lib/processes.mjs';
import { report } from './lib/table.mjs';

const { quick, fields, rate, ...values } = suiteOptions({
  fields: { type: 'string', default: '1000' },
  rate: { type: 'string', default: '10' },
  seconds: { type: 'string' },
});
const seconds = values.seconds ?? (quick ? '3' : '20');
const table = JSON.parse(readFileSync(join(import.meta.dirname, '../crossbar/roles.json'), 'utf8'));
const roles = permissionsFrom(table, { baseUri: BASE_URI, addressRoots: ['observatory'] });
const publisher = join(import.meta.dirname, 'lib/feed-publisher.mjs');

for (const { name, fieldsOfBlock, samplesAtOnce } of shapes) {
  const router = createRouter({ roles });
  const { url } = await router.listen({ port: 0, auth: { anonymous: { role: 'iocs_agent' } } });
  const session = connectSession({ local: () => router.connectLocal({ role: 'server', authid: 'server' }) });
  const settings = readDataFeedSettings({ FEED_PATTERN: 'observatory..feeds.' });
  const node = await startDataFeed({
    ...{ session, settings, log: silentLogger(), metrics: createMetrics(), clock: systemClock },
  });
  const cpuBefore = process.cpuUsage();
  const { stdout } = await promisify(execFile)(process.execPath, [
    ...[publisher, url, fields, rate, seconds, fieldsOfBlock, samplesAtOnce].map(String),
  ]);
  const cpu = process.cpuUsage(cpuBefore);
  const { samples: published, tookSec } = JSON.parse(stdout);
  const share = (cpu.user + cpu.system) / 1e6 / tookSec;
  const held = async () => (await node.reader.health()).counters.rows * fieldsOfBlock;
  await until(async () => (await held()) >= published, 5000).catch(() => undefined);
  const what = `feeds end to end, ${fields} fields x ${rate} Hz, ${name}`;
  report({ what: `${what}: published`, unit: 'samples/s', ours: published / tookSec });
  report({ what: `${what}: CPU`, unit: '% of a core', ours: 100 * share });
  report({ what: `${what}: lost`, unit: 'samples', ours: published - (await held()), goal: '<= 0' });
  await node.close();
  await session.close();
  await router.close();
}
process.exit(0);
