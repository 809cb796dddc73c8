import { join } from 'node:path';
import { closeAll, type Service, setting, words } from '@sisock/runtime';
import {
  type ConnectionSettings,
  connectSession,
  readIfThere,
  secretCure,
  sessionOptions,
  wampSettings,
  type WampSession,
  type WampSettings,
} from '@sisock/wamp';
import type { PartContext } from './command.js';
import { commonSettings } from './common-settings.js';
import { secretsDirectory } from './secrets.js';

/** Settings of a part that joins a router somewhere else. */
export const joinSettings = { ...commonSettings, ...wampSettings };

/** The same for a part that only asks: it joins as `consumer`. */
export const consumerJoinSettings = {
  ...joinSettings,
  WAMP_USER: setting(words, 'authid to join as', { fallback: 'consumer' }),
};

/** What is started on a session. `problem`: why it can't do its work, while the session itself is well. */
export type StartedPart = Service & {
  readonly failed?: Promise<never>;
  readonly problem?: () => string | null | Promise<string | null>;
};

/** A part and the session it lives on, as one service. */
export type JoinedPart = Service & { readonly failed: Promise<never> };

type JoinSettings = WampSettings & { readonly SISOCK_DATA_DIR: string };

/**
 * How to join the router of the settings. Where neither WAMP_SECRET nor CROSSBAR_DIR has a secret, the one is used that
 * `sisock router` or `sisock up` keeps in the same data directory.
 * @throws SisockError `bad_setting` for files that can't be used
 */
export function joinOptions(settings: JoinSettings): ConnectionSettings {
  const options = sessionOptions(settings);
  if (options.secret !== undefined) return options;
  const kept = readIfThere(join(secretsDirectory(settings.SISOCK_DATA_DIR), settings.WAMP_USER));
  return { ...options, secret: kept?.trim() || undefined };
}

/** Joins the router of the settings and starts a part on the session. The router may come later. */
export async function startJoined(
  settings: JoinSettings,
  { log: processLog, signal, health }: Pick<PartContext, 'log' | 'signal' | 'health'>,
  start: (session: WampSession) => Promise<StartedPart>,
): Promise<JoinedPart> {
  const options = joinOptions(settings);
  const log = processLog.child({ part: 'wamp' });
  if (options.secret === undefined) {
    const { authid } = options;
    log.warn({ user: authid }, `no secret of ${authid}: joining without; ${secretCure(authid)}`);
  }
  const session = connectSession({ ...options, log });
  let part: StartedPart | undefined;
  health.add(async () => {
    if (session.details === null) return `no session with the router at ${options.url}`;
    return (await part?.problem?.()) ?? null;
  });
  // A part that still waits for its router is told to stop by the end of its session.
  const stop = () => void session.close();
  signal.addEventListener('abort', stop);
  try {
    // A refusal that can't heal, such as a wrong secret, ends the start; a router that is away does not.
    const refused = session.ready.then(() => new Promise<never>(() => undefined));
    const started = await Promise.race([start(session), refused]);
    part = started;
    const failed = Promise.race([refused, session.failed ?? refused, ...(started.failed ? [started.failed] : [])]);
    failed.catch(() => undefined);
    return { failed, close: () => closeAll([session, started], log) };
  } catch (error) {
    await session.close();
    throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
