/**
 * `npm run test:compose`: the compose file of a site, brought up by a real container engine, from `sisock site init` to
 * answers; then each container is killed once, all are taken down, and brought up again. It fails where something is
 * missing; it never skips. Grafana's container is left out where its image can't be had, and the end of the report says so.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { live, newest, nodeNames, now, query, render, weatherSpan } from './ask.mjs';
import { containersEnvironment } from './engine.mjs';
import { testGuideBlocks } from './guide-blocks.mjs';
import { buildImages, imageSizes, version } from './images.mjs';
import { Lab, podman, until } from './lab.mjs';
import { checkScripts } from './scripts.mjs';
import { installTools, run, say } from './tools.mjs';

const started = Date.now();
const step = (text) => say(`${((Date.now() - started) / 1000).toFixed(0).padStart(4)} s  ${text}`);
const ports = [5000, 8001, 8080];
const leftOut = ['grafana'];
/** Without one of these no newer points come out of files. */
const archiving = ['database', 'g3-file-scanner', 'g3-reader', 'ocs-aggregator'];
const name = 'lab';
const inList = (list) => (one) => list.includes(one);

function check(what, isSo) {
  if (!isSo) throw new Error(`not so: ${what}`);
  say(`        ok: ${what}`);
}

const program = installTools();
await Promise.all(ports.map(checkFree));
check(`${checkScripts()} shell scripts and blocks of the guide`, true);
if (!process.argv.includes('--no-build')) buildImages();
const work = mkdtempSync(join(tmpdir(), 'sisock-lab-'));
const directory = join(work, name);
const lab = new Lab({ program, directory, name, profiles: ['demo'] });
const hadVolume = hasVolume();
const had = { passwd: hasOcs('passwd'), group: hasOcs('group') };
let status = 1;
try {
  makeSite();
  await bringUp('first start');
  await answers();
  onlyLoopback();
  await testGuideBlocks({ directory, network: `${name}_default`, check, step });
  report();
  for (const service of lab.services(leftOut)) await killOnce(service);
  await downAndUp();
  step(`all is well. Left out: ${leftOut.join(', ')} (its image is not stood in for)`);
  status = 0;
} catch (error) {
  say(error.stack);
  for (const service of spawnSync('podman', ['ps', '-a', '--format', '{{.Names}}'], {
    encoding: 'utf8',
    env: containersEnvironment(),
  })
    .stdout.split('\n')
    .filter((one) => one.startsWith(`${name}_`))) {
    say(`--- ${service}\n${lab.logs(service.slice(name.length + 1, -2), 15)}`);
  }
} finally {
  if (!process.argv.includes('--keep')) {
    await lab.compose('down', '--volumes').catch((error) => say(error.message));
    rmSync(work, { recursive: true, force: true });
    if (!hadVolume && hasVolume()) podman('volume', 'rm', 'grafana-storage');
    if (!had.passwd && hasOcs('passwd')) run('userdel', ['ocs']);
    if (!had.group && hasOcs('group')) run('groupdel', ['ocs']);
  } else say(`left as it is: ${directory}`);
}
process.exitCode = status;

/** User or group of the aggregator's files, which init-docker-env.sh makes where it is missing. */
function hasOcs(database) {
  return spawnSync('getent', [database, 'ocs']).status === 0;
}

/** The one volume that outlives `down`: made by init-docker-env.sh. */
function hasVolume() {
  return spawnSync('podman', ['volume', 'exists', 'grafana-storage'], { env: containersEnvironment() }).status === 0;
}

function makeSite() {
  step('sisock site init, from the image');
  const mount = ['--volume', `${work}:/work`, '--workdir', '/work', '--user', '0:0'];
  podman('run', '--rm', ...mount, `localhost/sisock:${version}`, 'site', 'init', name, '--data', './data');
  const config = join(directory, `ocs/${name}.yaml`);
  // Files of 20 s, so that the archive has whole ones soon.
  const text = readFileSync(config, 'utf8')
    .replace(/('--time-per-file', )'\d+'/, "$1'20'")
    .replace(/('--frame-length', )'\d+'/, "$1'5'");
  writeFileSync(config, text);
  step('init-docker-env.sh');
  run('sh', [join(directory, 'init-docker-env.sh')], { env: containersEnvironment() });
}

async function bringUp(what) {
  step(`up (${what})`);
  lab.healthyAfter.clear();
  await lab.compose('up', '-d', '--no-build', ...lab.services(leftOut));
  for (const service of lab.services(leftOut)) {
    if (lab.hasHealthCheck(service)) await until(`${service} healthy`, () => lab.isHealthy(service));
  }
  step('everything is healthy');
}

async function answers() {
  const [from, to] = weatherSpan;
  const weather = await until('weather', async () => {
    const points = await query('apex_archive::apex_humidity', from, to);
    return points.length > 300 && points;
  });
  check(`/query answers for weather with ${weather.length} points`, true);
  const rendered = await render('apex_archive.apex_humidity', from, to);
  check(`/render answers for weather with ${rendered.length} points`, rendered.length > 300);
  await until('live points of the agent', async () => now() - (await newest(live.node)) < 20);
  check('/query answers for the live feed of a real OCS agent', true);
  await until('live points under the joined name', async () => now() - (await newest()) < 20);
  const points = await render(live.path, now() - 120, now());
  check(`/render answers for it (${points.length} points)`, points.length > 0);
  await until('points of g3 files', async () => (await query(live.archive, now() - 600, now())).length > 10, 180_000);
  check("/query answers from g3 files that the aggregator's container wrote", true);
  check(
    'data nodes are listed',
    ['apex_archive', 'feeds', 'g3_reader', 'ocs', 'fake-data1'].every(inList(await nodeNames())),
  );
}

function onlyLoopback() {
  const listening = run('ss', ['-Hltn'])
    .split('\n')
    .map((line) => line.trim().split(/\s+/)[3] ?? '');
  for (const port of ports) {
    const places = listening.filter((place) => place.endsWith(`:${port}`));
    check(
      `port ${port} listens on the loopback only (${places.join(', ')})`,
      places.length > 0 && places.every((place) => place.startsWith('127.0.0.1:')),
    );
  }
  check('the database is not published', !listening.some((place) => place.endsWith(':3306')));
}

function report() {
  const rows = lab
    .services(leftOut)
    .map((service) => [
      service,
      lab.healthyAfter.has(service) ? `${(lab.healthyAfter.get(service) / 1000).toFixed(1)} s` : '-',
      `${lab.megabytes(service)} MB`,
    ]);
  say(
    [
      'service / healthy after / memory',
      ...rows.map((row) => row[0].padEnd(18) + row[1].padStart(9) + row[2].padStart(9)),
    ].join('\n'),
  );
  say(['image / size', ...imageSizes().map(({ image, megabytes }) => `${image.padEnd(30)}${megabytes} MB`)].join('\n'));
}

async function killOnce(service) {
  step(`kill -9 ${service}`);
  const pid = lab.crash(service);
  const at = now();
  await until(`${service} runs again`, () => {
    const { State } = lab.inspect(service);
    return State.Running && State.Pid !== pid && State.Pid > 0;
  });
  if (lab.hasHealthCheck(service)) await until(`${service} healthy again`, () => lab.isHealthy(service));
  await until('weather again', async () => (await query('apex_archive::apex_humidity', ...weatherSpan)).length > 300);
  await until('newer live points', async () => (await newest()) > at, 180_000);
  await until('newer live points of the one feed', async () => (await newest(live.node)) > at);
  if (archiving.includes(service)) {
    await until('newer points of g3 files', async () => (await newest(live.archive)) > at, 180_000);
  }
  check(`${service} came back after ${(now() - at).toFixed(0)} s, and everything is served`, true);
}

async function downAndUp() {
  const before = (await query(live.archive, now() - 3600, now())).map(([, t]) => t);
  const known = await nodeNames();
  const heard = (await query('fake-data1::channel_00', now() - 3600, now())).map(([, t]) => t);
  const end = Date.now() - 30_000;
  step('down');
  await lab.compose('down');
  await bringUp('second start');
  await until('the same data nodes', async () => known.every(inList(await nodeNames())));
  check(`the data nodes are there: ${known.join(', ')}`, true);
  await until('the archive', async () => (await query(live.archive, now() - 3600, now())).length >= before.length);
  const [first] = await query('fake-data1::channel_00', now() - 3600, now());
  check(
    'the feed log gave back what was received before',
    first !== undefined && first[1] <= heard[0] + 1000 && first[1] < end,
  );
  await answers();
}

/** @throws where something of this machine listens on a port that the lab publishes */
function checkFree(port) {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      reject(new Error(`port ${port} of 127.0.0.1 is taken: end what listens there, the lab publishes it`));
    });
    socket.once('error', () => resolve());
  });
}
