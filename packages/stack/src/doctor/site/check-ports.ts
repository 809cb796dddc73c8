import { type Finding, ok, warn } from '../finding.js';
import { knock } from '../place.js';

/** What a site publishes, all of it on the loopback. */
const published: readonly (readonly [number, string])[] = [
  [8001, 'router, for agents'],
  [8080, 'router, TLS'],
  [5000, 'bridge'],
  [3000, 'Grafana'],
];

/** The ports that a site publishes: all free before it is started, all answering then. What answers is looked at elsewhere. */
export async function checkPorts(signal: AbortSignal, ports = published): Promise<readonly Finding[]> {
  const check = 'ports';
  const answers = await Promise.all(
    ports.map(async ([port, what]) => ({
      text: `${port} (${what})`,
      away: await knock({ url: '', host: '127.0.0.1', port, secure: false }, signal),
    })),
  );
  const list = (away: boolean) =>
    answers
      .filter((one) => (one.away !== null) === away)
      .map(({ text }) => text)
      .join(', ');
  const [silent, open] = [list(true), list(false)];
  if (silent === '') return [ok(check, `somebody answers on ${open}`)];
  if (open === '') return [ok(check, `${silent} are free: nothing of the site is started`)];
  const cure = 'docker compose ps and logs say why; where the site is not started, another program has the others';
  return [warn(check, `nobody answers on ${silent}, somebody on ${open}`, cure)];
}
