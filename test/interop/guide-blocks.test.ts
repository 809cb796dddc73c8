/** Blocks out of the original's setup guide, as they stand there but for the image's name, in a site of ours. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectSession, type WampSession } from '@sisock/wamp';
import { parse } from 'yaml';
import { type BridgeClient, bridgeClient } from './peers/bridge.js';
import { type Lab, makeLab } from './peers/lab.js';
import { repositoryDir, stopAllProcesses } from './peers/peer-process.js';
import { until } from './peers/until.js';

type Block = Readonly<Record<string, unknown>>;

const weather = `
weather:
  image: sisock-weather-server:latest
  depends_on:
    - "sisock-crossbar"
    - "sisock-http"
  volumes:
    - ./.crossbar:/app/.crossbar:ro
`;
const dataFeed = `
bluefors:
  image: sisock-data-feed-server:latest
  environment:
    TARGET: bluefors # match to instance-id of agent to monitor, used for data feed subscription
    NAME: 'bluefors' # will appear in sisock a front of field name
    DESCRIPTION: "bluefors logs"
    FEED: "bluefors"
  logging:
    options:
      max-size: "20m"
      max-file: "10"
  depends_on:
    - "sisock-crossbar"
    - "sisock-http"
`;
/** The image has an older name too. */
const thermometry = `
LSA23JD:
  image: sisock-thermometry-server:latest
  environment:
    TARGET: LSA23JD # match to instance-id of agent to monitor
    NAME: 'LSA23JD' # will appear in sisock a front of field name
    DESCRIPTION: "LS372 in the Bluefors control cabinet."
    FEED: "temperatures"
  depends_on:
    - "sisock-crossbar"
    - "sisock-http"
`;
const line = 'env_file: secrets/server.env';
const crossbarMount = 'volumes: [./.crossbar:/app/.crossbar:ro]';
const withLine = (block: string, added: string) => `${block.trimEnd()}\n  ${added}\n`;

describe('a block of the guide', () => {
  let lab: Lab;
  let bridge: BridgeClient;
  let agent: WampSession;

  const start = (text: string) => {
    const [[name, block] = ['', {}]] = Object.entries(parse(text) as Record<string, Block>);
    return lab.startBlock(name, block);
  };
  const listed = (name: string) => until(`${name} listed`, async () => (await bridge.nodes()).includes(name));
  const gone = (name: string) => until(`${name} gone`, async () => !(await bridge.nodes()).includes(name));

  beforeAll(async () => {
    lab = await makeLab(`${repositoryDir}/test/fixtures/apex-weather`);
    bridge = bridgeClient(lab.httpUrl);
    await lab.start('sisock-crossbar');
    await lab.start('sisock-http');
    agent = connectSession({ url: lab.agentUrl });
    await agent.ready;
  });
  afterAll(async () => {
    await agent?.close();
    await lab?.close();
    await stopAllProcesses();
  });

  it('of the weather works as it stands, as it mounts the directory with the secret', async () => {
    const node = await start(weather);
    await listed('apex_archive');
    const target = 'apex_archive::apex_humidity';
    const points = await bridge.query([target], 1_500_163_200, 1_501_200_000);
    expect(points.get(target)!.length).toBeGreaterThan(100);
    await node.stop();
    await gone('apex_archive');
  });

  const withoutSecret: readonly (readonly [string, string])[] = [
    ['the weather, its mount taken out', weather.replace(/ {2}volumes:[^]*$/, '')],
    ['a data feed', dataFeed],
    ['a thermometer', thermometry],
  ];

  it.each(withoutSecret)('of %s says in its log which line to add', async (_what, block) => {
    const node = await start(block);
    await until('its end', () => !node.running).catch(() => {
      throw new Error(node.output());
    });
    const lines = node
      .output()
      .split('\n')
      .filter((text) => text.includes(`add the line \\"${line}\\" to this service in docker-compose.yaml`));
    // A warning at the start, and the reason of the end.
    expect(lines.map((text) => (JSON.parse(text) as { level: number }).level)).toEqual(
      expect.arrayContaining([40, 60]),
    );
    expect(node.output()).not.toMatch(/\n\s+at /);
  });

  it.each([
    ['the line that its log says', line],
    ['the mount of .crossbar instead', crossbarMount],
  ])('of a data feed works with %s', async (_what, added) => {
    const node = await start(withLine(dataFeed, added));
    await listed('bluefors');
    const address = 'observatory.bluefors';
    const info = { agent_address: address, agg_params: {}, record: true, session_id: '1', agent_class: 'Logs' };
    const feed = { ...info, feed_name: 'bluefors', address: `${address}.feeds.bluefors` };
    const began = Date.now() / 1000;
    const block = { block_name: 'temps', timestamps: [began, began + 0.5], data: { channel_1: [1.5, 2.5] } };
    await agent.publish(feed.address, [[{ temps: block }, feed]]);
    const field = await until('its field', async () =>
      (await bridge.search()).find((name) => /^bluefors::.*channel_1$/.test(name)),
    );
    const points = (await bridge.query([field], began - 0.2, began + 10)).get(field)!;
    expect(points.flatMap(([value]) => (value === null ? [] : [value]))).toEqual([1.5, 2.5]);
    await node.stop();
    await gone('bluefors');
  });
});
