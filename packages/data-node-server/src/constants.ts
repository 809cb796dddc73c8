import { sisockToUnixTime as resolveTime } from '@sisock/core';
import { environment, type Environment, readSettings, systemClock } from '@sisock/runtime';
import { BASE_URI, sessionOptions, wampSettings } from '@sisock/wamp';

/** The original's constants: settings here, because no secret and no address stands in the source. */
export interface NodeConstants {
  /** Whom servers and the hub join the router as. */
  readonly WAMP_USER: string;
  /** Secret of WAMP_USER; undefined when none is set: then we join anonymously. */
  readonly WAMP_SECRET: string | undefined;
  /** Address of the WAMP router. */
  readonly WAMP_URI: string;
  /** Realm of the router to join. */
  readonly REALM: string;
  /** What all topics and procedures begin with. */
  readonly BASE_URI: string;
}

/**
 * The constants as the environment (or what is given for it) sets them.
 * @throws SisockError `bad_setting` naming every wrong variable.
 */
export function nodeConstants(env: Environment = environment()): NodeConstants {
  const { url, realm, authid, secret } = sessionOptions(readSettings(wampSettings, env));
  return { WAMP_USER: authid, WAMP_SECRET: secret, WAMP_URI: url, REALM: realm, BASE_URI };
}

/**
 * A sisock time as UNIX seconds: above 0 it is one already, 0 and below it counts from now (-60: a minute ago).
 * @throws SisockError `bad_request` when `t` is not a finite number.
 */
export function sisockToUnixTime(t: number, now: number = systemClock()): number {
  return resolveTime(t, now);
}
