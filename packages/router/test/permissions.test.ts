import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { type Action, permissionsFrom } from '../src/index.js';
import type { Match } from '../src/messages.js';

const table = JSON.parse(readFileSync(new URL('../../../crossbar/roles.json', import.meta.url), 'utf8')) as unknown;
const placeholders = { addressRoots: ['observatory', 'satp1'], baseUri: 'org.simonsobservatory' };

describe('the role table', () => {
  const roles = permissionsFrom(table, placeholders);

  it.each<[string, Action, string, Match, boolean]>([
    ['server', 'register', 'org.simonsobservatory.consumer.weather.get_data', 'exact', true],
    ['server', 'publish', 'org.simonsobservatory.consumer.data_node_added', 'exact', true],
    ['server', 'subscribe', 'observatory.', 'prefix', true],
    ['server', 'subscribe', 'observatory..feeds.', 'wildcard', true],
    ['server', 'subscribe', 'satp1..feeds.', 'wildcard', true],
    ['server', 'subscribe', 'lat..feeds.', 'wildcard', false],
    ['server', 'subscribe', '..feeds.', 'wildcard', false],
    ['server', 'subscribe', '', 'prefix', false],
    ['server', 'publish', 'observatory.agent.feeds.x', 'exact', false],
    ['server', 'subscribe', 'wamp.session.on_leave', 'exact', true],
    ['server', 'call', 'wamp.session.get', 'exact', true],
    ['server', 'call', 'wamp.registration.list', 'exact', true],
    ['consumer', 'call', 'org.simonsobservatory.consumer.get_data_node', 'exact', true],
    ['consumer', 'subscribe', 'org.simonsobservatory.consumer.', 'prefix', true],
    ['consumer', 'subscribe', 'org.simonsobservatory.', 'prefix', false],
    ['consumer', 'call', 'org.simonsobservatory.data_node.add', 'exact', false],
    ['consumer', 'register', 'org.simonsobservatory.consumer.x', 'exact', false],
    ['consumer', 'call', 'wamp.session.list', 'exact', false],
    ['iocs_agent', 'register', 'satp1.agent.ops', 'exact', true],
    ['iocs_agent', 'subscribe', 'observatory..feeds.heartbeat', 'wildcard', true],
    ['iocs_agent', 'call', 'org.simonsobservatory.consumer.get_data_node', 'exact', false],
    ['iocs_agent', 'publish', 'observatoryx.y', 'exact', false],
    ['iocs_controller', 'call', 'observatory.agent.ops', 'exact', true],
    ['iocs_controller', 'register', 'observatory.agent.ops', 'exact', false],
    ['nobody', 'call', 'observatory.agent.ops', 'exact', false],
  ])('%s, %s %s (%s): %s', (role, action, uri, match, allowed) => {
    expect(roles.allows(role, action, uri, match) !== undefined).toBe(allowed);
  });

  it('lets the longest prefix decide, and an exact entry before it', () => {
    const layered = permissionsFrom(
      {
        roles: [
          {
            name: 'r',
            permissions: [
              { uri: 'a.', match: 'prefix', allow: { call: true } },
              { uri: 'a.b.', match: 'prefix', allow: { call: false } },
              { uri: 'a.b.c', allow: { call: true } },
            ],
          },
        ],
      },
      placeholders,
    );
    const may = (uri: string): boolean => layered.allows('r', 'call', uri, 'exact') !== undefined;
    expect([may('a.x'), may('a.b.x'), may('a.b.c')]).toEqual([true, false, true]);
    expect(layered.allows('r', 'call', 'a.b.', 'prefix')).toBeUndefined();
  });

  it.each([
    [null, 'the role table is no object'],
    [{}, 'no list "roles"'],
    [{ roles: [{}] }, 'roles[0] has no name'],
    [{ roles: [{ name: 'x' }] }, 'role x has no list "permissions"'],
    [{ roles: [{ name: 'x', permissions: [{}] }] }, 'a permission of role x has no uri'],
    [{ roles: [{ name: 'x', permissions: [{ uri: 'a', match: 'regex' }] }] }, 'match of a (role x) is "regex"'],
    [{ roles: [{ name: 'x', permissions: [{ uri: 'a', allow: { fly: true } }] }] }, 'allow.fly of a (role x)'],
  ])('names what is wrong: %j', (wrong, message) => {
    expect(() => permissionsFrom(wrong, placeholders)).toThrow(message);
  });
});
