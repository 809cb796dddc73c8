import type { WebSocket } from 'ws';
import { type Chunk, type Gap, SisockError, toSisockError } from '@sisock/core';
import { fieldJson } from '../api/field-json.js';
import type { BridgeContext } from '../context.js';
import { errorBody } from '../http/errors.js';
import { type Group, groupFields, timelineKey } from '../plan/groups.js';
import { askCatalogs, type KnownField, resolveName } from '../plan/resolve.js';
import type { SiteView } from '../site/view.js';
import { gapMessage, samplesMessages } from './encode.js';
import { type Feed, startFeed } from './feed.js';
import { parseSubscribe, type Subscribe } from './messages.js';
import { type Outbox, outboxFor } from './outbox.js';

const policyViolation = 1008;

/** Serves one WebSocket client until it goes away. */
export function serveLive(socket: WebSocket, view: SiteView, context: BridgeContext): void {
  const { limits, meters, log } = context;
  const feeds = new Map<string, Feed>();
  const gone = new AbortController();
  const outbox = outboxFor(socket, {
    writeDeadlineMs: limits.liveWriteDeadlineMs,
    waitingBytes: limits.liveWaitingBytes,
    onSlow: () => {
      meters.liveSlow.inc();
      log.warn('a live client takes nothing: closed');
    },
  });
  const client: Client = { outbox, view, context, feeds, signal: gone.signal };

  let waiting = 0;
  let work = Promise.resolve();
  socket.on('message', (data, isBinary) => {
    if (++waiting > limits.liveMessages) {
      meters.bad.inc({ route: 'live', code: 'too_large' });
      socket.close(policyViolation, 'too many messages');
      // Else its own goodbye would never be read.
      socket.resume();
      return;
    }
    socket.pause();
    work = work
      .then(() => obey(client, data, isBinary))
      .finally(() => {
        if (--waiting === 0) socket.resume();
      });
  });
  socket.on('error', (error) => {
    // A frame that is too long or broken: ws closes the connection with the fitting status itself.
    meters.bad.inc({ route: 'live', code: 'bad_request' });
    log.debug({ err: error }, 'a live client sent a bad frame');
  });
  meters.liveClients.inc();
  socket.once('close', () => {
    meters.liveClients.dec();
    gone.abort();
    for (const feed of feeds.values()) feed.stop();
    feeds.clear();
  });
}

interface Client {
  readonly outbox: Outbox;
  readonly view: SiteView;
  readonly context: BridgeContext;
  /** By `node::timeline`. */
  readonly feeds: Map<string, Feed>;
  readonly signal: AbortSignal;
}

async function obey(client: Client, data: unknown, isBinary: boolean): Promise<void> {
  if (client.signal.aborted) return;
  try {
    if (isBinary) throw new SisockError('bad_request', 'messages are JSON texts, not binary');
    await subscribe(client, parseSubscribe(String(data)));
  } catch (thrown) {
    const error = toSisockError(thrown);
    if (error.code === 'cancelled') return;
    const { log, meters } = client.context;
    meters.bad.inc({ route: 'live', code: error.code });
    if (error.code === 'internal') log.error({ err: thrown }, 'a live message failed');
    await tellError(client, error);
  }
}

async function subscribe(client: Client, asked: Subscribe): Promise<void> {
  const { view, context, feeds, signal, outbox } = client;
  const most = context.limits.liveFields;
  if (asked.names.length > most) {
    throw new SisockError('too_large', `${asked.names.length} fields are more than the ${most} allowed`);
  }
  const catalogs = await askCatalogs(view, asked.names, signal);
  const fields: { name: string; field: KnownField }[] = [];
  const notices: object[] = [];
  for (const name of new Set(asked.names)) {
    const resolved = resolveName(view, catalogs, name);
    if ('field' in resolved) fields.push(resolved);
    else notices.push({ field: name, code: resolved.error.code, message: resolved.error.message });
  }
  const groups = new Map(groupFields(fields.map((one) => one.field)).map((g) => [timelineKey(g.node, g.timeline), g]));
  const cursors = new Map<string, string>();
  for (const [key, feed] of feeds) {
    const group = groups.get(key);
    if (group && sameNames(group.fields, feed.fields) && !asked.cursors.has(key)) continue;
    feed.stop();
    feeds.delete(key);
    const cursor = feed.cursor();
    if (cursor !== undefined) cursors.set(key, cursor);
  }
  const list = fields.map(({ name, field }) => ({ asked: name, ...fieldJson(field) }));
  await outbox.send(JSON.stringify({ type: 'subscribed', fields: list, notices }));
  for (const [key, group] of groups) {
    if (feeds.has(key) || signal.aborted) continue;
    feeds.set(key, follow(client, key, group, asked.cursors.get(key) ?? cursors.get(key), asked.since));
  }
}

function follow(
  client: Client,
  key: string,
  group: Group,
  cursor: string | undefined,
  since: number | undefined,
): Feed {
  const { view, context } = client;
  const { limits, log, meters } = context;
  const { node, timeline, fields } = group;
  return startFeed({
    node,
    timeline,
    fields,
    cursor,
    since,
    reader: () => view.reader(node),
    clock: context.clock,
    chunkRows: limits.liveRows,
    pollMs: limits.livePollMs,
    deadlineMs: limits.nodeDeadlineMs,
    onPiece: (piece) => tellPiece(client, piece, node, key),
    onError: async (error) => {
      meters.nodeFailures.inc({ node, code: error.code });
      log.warn({ node, timeline, code: error.code, reason: error.message, err: error.cause }, 'following failed');
      await tellError(client, error, key);
    },
  });
}

async function tellPiece(client: Client, piece: Chunk | Gap, node: string, key: string): Promise<void> {
  const { outbox, view, context } = client;
  // A client that may see it no longer gets nothing more: the feed tells it as a node that is not there.
  if (!view.sees(node)) throw view.unknown(node);
  if ('gap' in piece) {
    context.meters.liveGapRows.inc(piece.gap.rows);
    return outbox.send(gapMessage(piece, key));
  }
  for (const message of samplesMessages(piece, node, key, context.limits.liveRows)) {
    await outbox.send(message.text);
    context.meters.points.inc(message.points);
    context.meters.nonFinite.inc(message.nonFinite);
  }
}

async function tellError({ outbox }: Client, error: SisockError, timeline?: string): Promise<void> {
  const message = JSON.stringify({ type: 'error', ...(timeline !== undefined && { timeline }), ...errorBody(error) });
  await outbox.send(message).catch(() => undefined);
}

function sameNames(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((name) => b.includes(name));
}
