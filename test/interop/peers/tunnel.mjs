/**
 * Carries connections on, as `ssh -L` does (without its encryption): `tunnel.mjs HOST:PORT HOST:PORT`, where it listens
 * and where to.
 */
import { connect, createServer } from 'node:net';

const [here, there] = process.argv.slice(2).map((address) => {
  const [host, port] = address.split(':');
  return { host, port: Number(port) };
});

createServer((near) => {
  const far = connect(there);
  for (const [one, other] of [
    [near, far],
    [far, near],
  ]) {
    one.on('error', () => other.destroy()).on('close', () => other.destroy());
    one.pipe(other);
  }
}).listen(here, () => console.log('listening'));
