import { join, resolve } from 'node:path';
import { startHub } from '@sisock/hub';
import { closeAll, environment, type Service } from '@sisock/runtime';
import { connectSession } from '@sisock/wamp';
import { watchCertificate } from '../cli/certificate.js';
import type { PartContext } from '../cli/command.js';
import { makeNodeDirectory } from './node-directory.js';
import { startCrossbarProcess } from './process.js';
import { type CrossbarSettings, readCrossbarSite } from './site.js';

type CrossbarAndHub = Service & { readonly failed: Promise<never> };

/** Secrets that Crossbar has in its configuration: nothing of them is handed on otherwise. */
const withheld = ['WAMP_SECRET', 'WAMP_SECRET_FILE', 'CONSUMER_SECRET', 'CONSUMER_SECRET_FILE'];

/**
 * Starts Crossbar as a process below this one, and the hub in this one. The end of either ends both; a renewed certificate
 * starts Crossbar again.
 * @throws SisockError `bad_setting` for a directory, certificate, secret or port that can't be used
 */
export async function startCrossbarAndHub(settings: CrossbarSettings, context: PartContext): Promise<CrossbarAndHub> {
  const { metrics, clock, health, print, signal } = context;
  const log = context.log.child({ part: 'crossbar' });
  const dataDirectory = resolve(settings.SISOCK_DATA_DIR);
  const directory = join(dataDirectory, 'crossbar');
  const site = readCrossbarSite(settings, log);
  makeNodeDirectory(directory, settings.CROSSBAR_DIR, site.configuration);
  const env = Object.fromEntries(Object.entries(environment()).filter(([name]) => !withheld.includes(name)));
  const crossbar = await startCrossbarProcess({
    program: settings.CROSSBAR_PROGRAM,
    directory,
    env: { ...env, HOME: directory },
    ports: site.ports,
    log,
    logLevel: settings.LOGLEVEL,
    signal,
  });
  const started: Service[] = [crossbar];
  try {
    const { url, secret, caFile } = site.hub;
    const session = connectSession({
      ...{
        url,
        secret,
        caFile,
        realm: settings.WAMP_REALM,
        authid: 'server',
        log: context.log.child({ part: 'wamp' }),
      },
    });
    started.push(session);
    health.add(() => {
      if (!crossbar.isUp) return 'Crossbar does not run';
      return session.details === null ? `no session with Crossbar at ${url}` : null;
    });
    const failed = Promise.race([
      crossbar.failed,
      session.failed ?? crossbar.failed,
      // A refusal that can't heal.
      session.ready.then(() => crossbar.failed),
    ]);
    failed.catch(() => undefined);
    const stop = () => void session.close();
    signal.addEventListener('abort', stop);
    const hubLog = context.log.child({ part: 'hub' });
    const storeFile = join(dataDirectory, 'hub.json');
    const hub = await Promise.race([startHub({ session, log: hubLog, metrics, clock, storeFile }), failed]);
    started.push(hub);
    health.add(() => hub.problem());
    signal.removeEventListener('abort', stop);
    for (const files of site.certificates) {
      const renew = () => void crossbar.restart();
      started.push(watchCertificate({ files, renew, log, clock }));
    }
    print(`Crossbar on ${site.ports.map(({ host, port }) => `${host}:${port}`).join(' and ')}, the hub beside it\n`);
    return { failed, close: () => closeAll(started.splice(0), log) };
  } catch (error) {
    await closeAll(started, log);
    throw error;
  }
}
