import { silentLogger } from '@sisock/runtime';
import { connectSession, type SessionSettings, type WampSession } from '@sisock/wamp';
import { fail, type Finding, ok, skip } from '../finding.js';
import type { Place } from '../place.js';

/** What the doctor says of a router nobody answers at. */
export function unreachable({ url }: Place, problem: string): Finding {
  return fail(
    'router',
    `nothing answers at ${url} (${problem})`,
    'start the router (sisock router, or Crossbar), or check CROSSBAR_HOST and the ports',
  );
}

/** Who logs in, and how. `secret` undefined: the user's secret was not found. */
export interface LoginTry {
  readonly role: 'server' | 'consumer' | 'anonymous';
  readonly url: string;
  readonly settings: SessionSettings;
}

/** A login, and the session it got. */
export interface LoginResult {
  readonly finding: Finding;
  readonly session: WampSession | null;
}

/** Logs in as one of the router's users. The session is the caller's to close. */
export async function tryLogin({ role, url, settings }: LoginTry, deadlineMs: number): Promise<LoginResult> {
  const check = `login ${role}`;
  if (role !== 'anonymous' && settings.secret === undefined) {
    return { finding: skip(check, `no secret of ${role} was found: ${secretSettings[role]}`), session: null };
  }
  let reason = `no answer within ${deadlineMs / 1000} s`;
  // A session that goes on trying says why in its log only.
  const log = Object.assign(silentLogger(), {
    warn: (told: { readonly reason?: string }) => (reason = told.reason ?? reason),
  });
  const session = connectSession({ ...settings, url, log, joinTimeoutMs: deadlineMs, firstDelayMs: 100 });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(reason)), deadlineMs);
  });
  try {
    const { authrole } = await Promise.race([session.ready, late]);
    return { finding: ok(check, `${url} lets us in as role ${authrole ?? 'unknown'}`), session };
  } catch (error) {
    await session.close();
    return { finding: fail(check, (error as Error).message, cures[role]), session: null };
  } finally {
    clearTimeout(timer);
  }
}

const secretSettings = {
  server: 'WAMP_SECRET, CROSSBAR_DIR/secrets/server or SISOCK_DATA_DIR/secrets/server',
  consumer: 'CONSUMER_SECRET, CROSSBAR_DIR/secrets/consumer or SISOCK_DATA_DIR/secrets/consumer',
};
const cures = {
  server: `make the secret the router's own (${secretSettings.server}), for the hub and the data nodes too`,
  consumer: `make the secret the router's own (${secretSettings.consumer}), for the bridge too`,
  anonymous: "let OCS agents join anonymously on CROSSBAR_OCS_PORT (the router's configuration)",
};
