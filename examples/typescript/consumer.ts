/**
 * Lists the data nodes of a site, the fields of each, and the newest samples of one field.
 *
 *     node examples/typescript/dist/consumer.js [NODE::FIELD]
 *
 * It joins as `consumer`, by the settings of every part of sisock (docs/running.md): CROSSBAR_HOST, CROSSBAR_TLS_PORT,
 * and CROSSBAR_DIR with the site's CA and the secret.
 */
import { allTime, type Reader, readAll, type Site, valueAt } from '@sisock/core';
import { createLogger, createMetrics, environment, readSettings, setting, systemClock, words } from '@sisock/runtime';
import { connectSession, sessionOptions, WampSite, wampSettings } from '@sisock/wamp';

const settings = { ...wampSettings, WAMP_USER: setting(words, 'authid to join as', { fallback: 'consumer' }) };

/** The last samples of a field. A node is read in chunks, as fast as they are taken. */
async function newest(reader: Reader, field: string): Promise<string[]> {
  const { fields } = await reader.catalog(allTime);
  const timeline = fields.get(field)?.timeline;
  if (timeline === undefined) throw new Error(`there is no field ${JSON.stringify(field)}`);
  const lines: string[] = [];
  let rows = 0;
  for await (const { batches } of readAll(reader, { timeline, fields: [field], range: allTime })) {
    for (const { t, columns } of batches) {
      const column = columns.get(field);
      rows += t.length;
      for (let i = Math.max(0, t.length - 3); column !== undefined && i < t.length; i++) {
        lines.push(`  ${new Date(t[i]! * 1000).toISOString()}  ${valueAt(column, i)}`);
      }
    }
  }
  return [`${rows} samples`, ...lines.slice(-3)];
}

async function ask(site: Site, wanted: string | undefined): Promise<string[]> {
  const lines: string[] = [];
  let target = wanted;
  for (const { name, description } of site.nodes()) {
    const { fields, timelines } = await site.reader(name).catalog(allTime);
    lines.push(`${name} (${description}): ${fields.size} fields on ${timelines.size} timelines`);
    for (const field of [...fields.values()].sort((a, b) => (a.name < b.name ? -1 : 1))) {
      lines.push(`  ${field.name}  [${field.units ?? field.type}]`);
      target ??= `${name}::${field.name}`;
    }
  }
  if (target === undefined) return lines;
  const at = target.indexOf('::');
  const [first, ...rest] = await newest(site.reader(target.slice(0, at)), target.slice(at + 2));
  return [...lines, `${target}: ${first}`, ...rest];
}

try {
  const session = connectSession(sessionOptions(readSettings(settings, environment())));
  try {
    await session.ready;
    const log = createLogger({ level: 'warn' });
    const site = await WampSite.start({ session, log, metrics: createMetrics(), clock: systemClock });
    console.log((await ask(site, process.argv[2])).join('\n'));
    await site.close();
  } finally {
    await session.close();
  }
} catch (problem) {
  console.error(`consumer: ${(problem as Error).message}`);
  process.exitCode = 1;
}
