import { cpus, loadavg, release, totalmem } from 'node:os';

/** One line about the machine that figures come from. */
export function machineFacts() {
  const all = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const busy = `load ${loadavg()[0].toFixed(1)} at the end`;
  const when = new Date().toISOString().slice(0, 16);
  return `${when}, Node ${process.version}, Linux ${release()}, ${all.length} x ${all[0]?.model ?? 'CPU'}, ${memory}, ${busy}`;
}
