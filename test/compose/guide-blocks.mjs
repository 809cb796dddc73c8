/**
 * The blocks of the original's setup guide, word by word but for the place of the image: with the one line that the secret
 * needs they join the lab, without it their log says that line.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeNames } from './ask.mjs';
import { containersEnvironment } from './engine.mjs';
import { version } from './images.mjs';
import { podman, until } from './lab.mjs';

/** As in the guide; `{{LINE}}` stands where the one line goes. */
const weather = `  weather:
    image: localhost/sisock-weather-server:${version}
    depends_on:
      - "sisock-crossbar"
      - "sisock-http"
    volumes:
      - ./.crossbar:/app/.crossbar:ro
`;
const dataFeed = `  LSA23JD:
    image: localhost/sisock-thermometry-server:${version}
{{LINE}}    environment:
      TARGET: LSA23JD # match to instance-id of agent to monitor
      NAME: 'LSA23JD' # will appear in sisock a front of field name
      DESCRIPTION: "LS372 in the Bluefors control cabinet."
    depends_on:
      - "sisock-crossbar"
      - "sisock-http"
`;
const oneLine = '    env_file: secrets/server.env\n';

export async function testGuideBlocks({ directory, network, check, step }) {
  step("the guide's blocks");
  podman('tag', `localhost/sisock-data-feed-server:${version}`, `localhost/sisock-thermometry-server:${version}`);
  const running = [];
  try {
    podman('stop', '--time', '5', 'lab_weather_1');
    await until('weather gone', async () => !(await nodeNames()).includes('apex_archive'));
    running.push(start('guide-weather', weather, '', { directory, network }));
    await until('weather of the guide', async () => (await nodeNames()).includes('apex_archive'));
    check("the guide's weather block works as it stands", true);
    running.push(start('guide-bare', dataFeed, '', { directory, network }));
    const said = await until('the line in the log', () => {
      const log = logOf('guide-bare');
      return /env_file: secrets\/server\.env/.test(log) && log;
    });
    check(
      'without a secret the data-feed block says the line',
      said.length > 0 && !(await nodeNames()).includes('LSA23JD'),
    );
    end(running.pop());
    running.push(start('guide-feed', dataFeed, oneLine, { directory, network }));
    await until('data-feed of the guide', async () => (await nodeNames()).includes('LSA23JD'));
    check("the guide's data-feed block works with one line more", true);
  } finally {
    running.forEach(end);
    podman('start', 'lab_weather_1');
  }
  await until('weather back', async () => (await nodeNames()).includes('apex_archive'));
}

/** A block as a compose file of its own, on the lab's network: what it depends on runs already. */
function start(name, block, line, { directory, network }) {
  const service = block.replace('{{LINE}}', line).replace(/ {4}depends_on:\n(?: {6}- .*\n)+/, '');
  const file = join(directory, `${name}.yaml`);
  writeFileSync(
    file,
    `name: ${name}\nservices:\n${service}networks:\n  default:\n    external: true\n    name: ${network}\n`,
  );
  compose(file, 'up', '-d');
  return file;
}

function end(file) {
  compose(file, 'down');
}

const program = join(import.meta.dirname, '../../.cache/compose/venv/bin/podman-compose');

function compose(file, ...args) {
  const result = spawnSync(program, ['-f', file, ...args], { encoding: 'utf8', env: containersEnvironment() });
  if (result.status !== 0) throw new Error(`${file} ${args.join(' ')}: ${result.stdout}\n${result.stderr}`);
}

function logOf(name) {
  const env = containersEnvironment();
  const [container] = spawnSync('podman', ['ps', '-a', '--filter', `name=${name}_`, '--format', '{{.Names}}'], {
    encoding: 'utf8',
    env,
  }).stdout.split('\n');
  const { stdout, stderr } = spawnSync('podman', ['logs', container], { encoding: 'utf8', env });
  return `${stdout}${stderr}`;
}
