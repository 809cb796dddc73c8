import { join } from 'node:path';
import type { UpParts } from './up-parts.js';

/** Where the demonstration's g3 files are. */
export function demoTree(dataDirectory: string): string {
  return join(dataDirectory, 'demo', 'hk');
}

/** The simulated agents; with `recorded` also what turns all live feeds into g3 files, and a past of the same feeds. */
export async function startDemo(parts: UpParts, recorded: boolean): Promise<void> {
  const { settings, dataDirectory, sessionOf, keep, tell, part, clock, metrics } = parts;
  const { startDemoAgents, usualHistorySeconds } = await import('../demo/start-demo-agents.js');
  const addressRoots = settings.ADDRESS_ROOT;
  let publishedUntil: ((address: string) => number) | undefined;
  if (recorded) {
    const { startDemoArchive } = await import('../demo/start-demo-archive.js');
    const log = part('aggregator');
    const directory = demoTree(dataDirectory);
    try {
      const archive = await startDemoArchive({
        session: sessionOf('aggregator', null),
        addressRoots,
        directory,
        timePerFile: settings.TIME_PER_FILE,
        liveSeconds: usualHistorySeconds,
        clock,
        log,
        metrics,
      });
      publishedUntil = keep(archive).writtenUntil;
      tell(() => archive.problem());
    } catch (error) {
      const code = (error as { code?: string }).code ?? String(error);
      const text = `the demonstration is live only: ${directory} can't be written (${code})`;
      log.error({ code }, text);
      tell(() => text);
    }
  }
  const session = sessionOf('demo', null);
  await session.ready;
  keep(
    startDemoAgents({
      session,
      addressRoot: addressRoots[0]!,
      clock,
      log: part('demo'),
      ...(publishedUntil && { publishedUntil }),
    }),
  );
}
