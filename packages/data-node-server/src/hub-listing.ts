import { SisockError, toSisockError } from '@sisock/core';
import type { Logger, Service } from '@sisock/runtime';
import { hubUris, type WampSession } from '@sisock/wamp';

export interface HubListingOptions {
  readonly session: WampSession;
  readonly name: string;
  readonly description: string;
  /** Procedures beyond the original's that the node answers. */
  readonly features: readonly string[];
  readonly replica: boolean;
  readonly log: Logger;
  /** Milliseconds between two additions; adding again is how a node outlives a restart of the hub. */
  readonly everyMs: number;
  /** For so long a refusal is tried again: the name may still be held by this node's own former session. */
  readonly graceMs: number;
}

export interface HubListing extends Service {
  /** Resolves when the hub lists the node for the first time. Rejects as `failed` does. */
  readonly listed: Promise<void>;
  /** Rejects with `name_taken` when another living node holds the name; never resolves. */
  readonly failed: Promise<never>;
  /** Why the hub does not list the node just now; null when it does. */
  problem(): string | null;
}

const retryMs = 500;
/** Longer than the hub takes to ask for a former holder of the name. */
const callMs = 15_000;
const farewellMs = 1_000;

/** Keeps a node in the hub's list: adds it at each join and every so often, takes it out at the end. */
export function keepListed(options: HubListingOptions): HubListing {
  const { session, name, description, features, replica, log, everyMs, graceMs } = options;
  const ending = new AbortController();
  let closed = false;
  let timer: NodeJS.Timeout | undefined;
  let busy: Promise<void> | null = null;
  let again = false;
  /** The WAMP session in which the hub last said yes. */
  let listedIn: number | null = null;
  let refusedSince: number | null = null;
  let trouble = '';
  let plainHub = false;
  let succeed!: () => void;
  let fail!: (error: SisockError) => void;
  const listed = new Promise<void>((resolve, reject) => {
    succeed = resolve;
    fail = reject;
  });
  const failed = listed.then(() => new Promise<never>((_, reject) => (fail = reject)));
  listed.catch(() => undefined);
  failed.catch(() => undefined);

  async function add(sessionId: number): Promise<boolean> {
    const args = [name, description, sessionId];
    const kwargs = { features, ...(replica && { replica }) };
    const options = { timeoutMs: callMs, signal: ending.signal };
    if (plainHub) return (await session.call(hubUris.add, args, {}, options)) === true;
    try {
      return (await session.call(hubUris.add, args, kwargs, options)) === true;
    } catch (thrown) {
      const { code } = toSisockError(thrown);
      if (code !== 'internal' && code !== 'bad_request') throw thrown;
      // A hub of the original takes no keyword arguments of ours.
      const answer = (await session.call(hubUris.add, args, {}, options)) === true;
      plainHub = true;
      return answer;
    }
  }

  /** Adds once; gives the milliseconds until the next time. */
  async function attempt(): Promise<number> {
    const sessionId = session.details?.sessionId;
    if (sessionId === undefined) return everyMs;
    try {
      const accepted = await add(sessionId);
      if (closed) return everyMs;
      if (accepted || listedIn === sessionId) {
        // A hub of the original says no to a node it lists already.
        if (listedIn !== sessionId) log.info('listed by the hub');
        else if (trouble !== '') log.info('the hub answers again');
        listedIn = sessionId;
        refusedSince = null;
        trouble = '';
        succeed();
        return everyMs;
      }
      refusedSince ??= performance.now();
      if (performance.now() - refusedSince < graceMs) return retryMs;
      const text = `the hub refuses the name ${JSON.stringify(name)}: a living data node holds it; choose another name`;
      log.error(text);
      closed = true;
      fail(new SisockError('name_taken', text));
      return everyMs;
    } catch (thrown) {
      if (closed) return everyMs;
      const { code, message } = toSisockError(thrown);
      if (trouble !== code) log.warn({ code, reason: message }, 'not listed by the hub, trying again');
      trouble = code;
      return Math.min(everyMs, 2 * retryMs);
    }
  }

  function run(): void {
    clearTimeout(timer);
    if (closed) return;
    if (busy) {
      again = true;
      return;
    }
    busy = attempt().then((waitMs) => {
      busy = null;
      if (closed) return;
      if (again) {
        again = false;
        run();
      } else {
        timer = setTimeout(run, waitMs);
      }
    });
  }

  const stopListening = session.onJoin(run);
  run();
  return {
    listed,
    failed,
    problem: () => {
      if (listedIn !== null && listedIn === session.details?.sessionId && trouble === '') return null;
      return `data node ${name} is not listed by the hub${trouble === '' ? '' : ` (${trouble})`}`;
    },
    async close() {
      closed = true;
      stopListening();
      clearTimeout(timer);
      const sessionId = session.details?.sessionId;
      const perhapsListed = listedIn === sessionId || busy !== null;
      listedIn = null;
      ending.abort();
      if (sessionId === undefined || !perhapsListed) return;
      await session
        .call(hubUris.subtract, [name, sessionId], {}, { timeoutMs: farewellMs })
        .catch((thrown: unknown) => log.debug({ code: toSisockError(thrown).code }, 'not taken out of the hub'));
    },
  };
}
