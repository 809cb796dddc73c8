import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { stopAllProcesses } from '../peers/peer-process.js';
import { startPython } from '../peers/python.js';
import type { PythonPeer } from '../peers/python.js';
import { interopSetup } from '../peers/roles.js';
import type { RouterPeer, RouterSetup } from '../peers/router-peer.js';
import type { Case, Stage, Who } from './case.js';
import { cancelCases } from './cases-cancel.js';
import { httpCases } from './cases-http.js';
import { metaCases } from './cases-meta.js';
import { permissionCases } from './cases-permissions.js';
import { pubsubCases } from './cases-pubsub.js';
import { rawCases } from './cases-raw.js';
import { rpcCases } from './cases-rpc.js';
import { sessionCases } from './cases-sessions.js';
import { valueCases } from './cases-values.js';
import { joinJs } from './js-peer.js';
import type { Language, Peer, Serializer } from './peer.js';
import { joinPython } from './python-peer.js';

/** Cases that run with each of the two languages on each side, in each serializer. */
const pairedCases: readonly Case[] = [
  ...sessionCases,
  ...pubsubCases,
  ...rpcCases,
  ...cancelCases,
  ...metaCases,
  ...permissionCases,
];
/** Cases that choose languages and serializers themselves, or need none: once. */
const singleCases: readonly Case[] = [...valueCases, ...httpCases, ...rawCases];

const pairings: readonly (readonly [Language, Language])[] = [
  ['js', 'python'],
  ['python', 'js'],
];

/** Runs the whole table of cases against a router. */
export function conformance(
  name: string,
  start: (setup: RouterSetup) => Promise<RouterPeer>,
  serializers: readonly Serializer[],
): void {
  describe(`WAMP conformance of ${name}`, () => {
    let router: RouterPeer;
    let driver: PythonPeer;
    beforeAll(async () => {
      [router, driver] = await Promise.all([start(interopSetup), startPython('driver.py')]);
    });
    afterAll(async () => {
      await router?.stop();
      await stopAllProcesses();
    });

    let number = 0;
    const add = (c: Case, serializer: Serializer, languages: readonly [Language, Language]): void => {
      const prefix = `test.c${number++}`;
      it(c.name, async () => {
        const joined: Peer[] = [];
        try {
          const seen = await c.run(stage(router, driver, prefix, serializer, languages, joined));
          expect(seen).toEqual(router.kind === 'crossbar' && c.crossbar ? c.crossbar.expect : c.expect);
        } finally {
          await Promise.all(joined.map((peer) => peer.leave().catch(() => undefined)));
        }
      });
    };
    for (const serializer of serializers) {
      for (const languages of pairings) {
        describe(`${languages.join(' and ')} in ${serializer}`, () => {
          for (const c of pairedCases) add(c, serializer, languages);
        });
      }
    }
    describe('whatever the pairing', () => {
      for (const c of singleCases) add(c, 'cbor', ['python', 'js']);
    });
  });
}

function stage(
  router: RouterPeer,
  driver: PythonPeer,
  prefix: string,
  serializer: Serializer,
  [one, other]: readonly [Language, Language],
  joined: Peer[],
): Stage {
  const language = (who: Who): Language => (who === 'b' ? other : one);
  return {
    router: router.kind,
    wsUrl: router.wsUrl,
    httpUrl: router.httpUrl,
    realm: router.realm,
    serializer,
    uri: (rest) => `${prefix}.${rest}`,
    language,
    join: async (who, as = 'tester', options = {}) => {
      const joining = {
        url: router.wsUrl,
        realm: options.realm ?? router.realm,
        serializer: options.serializer ?? serializer,
        ...(as === 'anonymous' ? {} : { authid: as, secret: options.secret ?? interopSetup.users[as]!.secret }),
      };
      const peer =
        (options.language ?? language(who)) === 'js' ? await joinJs(joining) : await joinPython(driver, joining);
      const { leave, drop } = peer;
      joined.push(peer);
      const gone = (): void => void joined.splice(joined.indexOf(peer), 1);
      return Object.assign(peer, {
        leave: () => (gone(), leave()),
        drop: () => (gone(), drop()),
      });
    },
  };
}
