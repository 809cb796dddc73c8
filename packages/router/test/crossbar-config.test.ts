import { describe, expect, it } from '@jest/globals';
import { crossbarConfig, permissionsFrom } from '../src/index.js';

const roles = permissionsFrom(
  {
    roles: [
      {
        name: 'agent',
        permissions: [
          { uri: '{address_root}.', match: 'prefix', allow: { call: true }, disclose: { caller: true } },
          { uri: 'exactly.this', allow: { publish: true } },
        ],
      },
    ],
  },
  { addressRoots: ['satp1'], baseUri: 'org.example' },
);

describe('the configuration for Crossbar', () => {
  it('has the same roles, ports, paths and users', () => {
    const config = crossbarConfig({
      realm: 'site',
      roles,
      listeners: [
        {
          port: 8001,
          auth: { anonymous: { role: 'agent' }, wampcra: { users: { a: { role: 'agent', secret: 's', salt: 'x' } } } },
          http: { call: { path: '/call', role: 'agent' } },
        },
        { port: 8080, host: '0.0.0.0', path: '/wamp', auth: {}, tls: { key: 'k.pem', certificate: 'c.pem' } },
      ],
    });
    expect(config).toMatchObject({
      version: 2,
      workers: [
        {
          realms: [
            {
              name: 'site',
              roles: [
                {
                  name: 'agent',
                  permissions: [
                    {
                      uri: 'satp1.',
                      match: 'prefix',
                      allow: { call: true, register: false, publish: false, subscribe: false },
                      disclose: { caller: true, publisher: false },
                    },
                    { uri: 'exactly.this', match: 'exact', allow: { publish: true, call: false } },
                  ],
                },
              ],
            },
          ],
          transports: [
            {
              endpoint: { type: 'tcp', interface: '127.0.0.1', port: 8001 },
              paths: {
                ws: {
                  type: 'websocket',
                  auth: {
                    anonymous: { type: 'static', role: 'agent' },
                    // Without all three Crossbar would take the password for not salted.
                    wampcra: { type: 'static', users: { a: { secret: 's', salt: 'x', iterations: 1000, keylen: 32 } } },
                  },
                },
                call: { type: 'caller', realm: 'site', role: 'agent' },
              },
            },
            {
              endpoint: { interface: '0.0.0.0', port: 8080, tls: { key: 'k.pem', certificate: 'c.pem' } },
              paths: { wamp: { type: 'websocket' } },
            },
          ],
        },
      ],
    });
  });
});
