import { join } from 'node:path';
import { pythonDir, startProcess, venvBin } from './peer-process.js';
import type { PeerProcess } from './peer-process.js';

/** An object that a Python script printed as one line. */
export type JsonLine = Readonly<Record<string, unknown>>;

/** A script of test/interop/python that takes commands and gives answers and events as JSON lines. */
export interface PythonPeer extends PeerProcess {
  /** Sends a command; gives the `result` of its answer, or throws its `error` as a PythonError. */
  ask(command: JsonLine, withinMs?: number): Promise<unknown>;
  /** Every printed object that answers no command, in order. */
  readonly lines: readonly JsonLine[];
  /** The first printed object that fits, now or later. */
  waitFor(what: string, fits: (line: JsonLine) => boolean, withinMs?: number): Promise<JsonLine>;
  onObject(handler: (line: JsonLine) => void): void;
}

/** An error that the Python side reported. */
export class PythonError extends Error {
  override readonly name = 'PythonError';
  readonly detail: JsonLine;
  constructor(detail: JsonLine) {
    super(String(detail['message'] ?? detail['uri'] ?? 'error'));
    this.detail = detail;
  }
}

/** Reached only by a test that fails. */
const usualLimitMs = 120_000;

interface Pending {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** Starts `test/interop/python/<script>`; it must print `{"ready": ...}` when it is up. */
export async function startPython(script: string, args: readonly string[] = []): Promise<PythonPeer> {
  const base = startProcess(script, venvBin('python'), [join(pythonDir, script), ...args]);
  const lines: JsonLine[] = [];
  const handlers: ((line: JsonLine) => void)[] = [];
  const pending = new Map<number, Pending>();
  const watchers = new Set<() => void>();
  let next = 1;

  base.onLine((text) => {
    const line = parse(text);
    if (!line) return;
    const waiting = typeof line['answer'] === 'number' ? pending.get(line['answer']) : undefined;
    if (waiting) {
      pending.delete(line['answer'] as number);
      if (line['error'] === undefined) waiting.resolve(line['result']);
      else waiting.reject(new PythonError(line['error'] as JsonLine));
      return;
    }
    lines.push(line);
    for (const handler of handlers) handler(line);
    for (const watcher of [...watchers]) watcher();
  });
  void base.ended.then((code) => {
    for (const { reject } of pending.values()) reject(new Error(`${script} ended with ${code}:\n${base.output()}`));
    pending.clear();
    for (const watcher of [...watchers]) watcher();
  });

  const within = <T>(what: string, ms: number, start: (p: Pending) => () => void): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        undo();
        reject(new Error(`${script}: ${what} took over ${ms} ms. Its output:\n${base.output()}`));
      }, ms);
      const settle =
        <V>(done: (v: V) => void) =>
        (value: V): void => {
          clearTimeout(timer);
          done(value);
        };
      const undo = start({ resolve: settle(resolve as (v: unknown) => void), reject: settle(reject) });
    });

  const peer: PythonPeer = Object.assign(Object.create(base) as PeerProcess, {
    lines,
    onObject: (handler: (line: JsonLine) => void) => void handlers.push(handler),
    ask: (command: JsonLine, withinMs = usualLimitMs) => {
      const id = next++;
      return within(JSON.stringify(command).slice(0, 200), withinMs, (p) => {
        if (!base.running) p.reject(new Error(`${script} is not running:\n${base.output()}`));
        pending.set(id, p);
        base.send(JSON.stringify({ ...command, id }));
        return () => pending.delete(id);
      });
    },
    waitFor: (what: string, fits: (line: JsonLine) => boolean, withinMs = usualLimitMs) =>
      within<JsonLine>(what, withinMs, ({ resolve, reject }) => {
        const look = (): void => {
          const found = lines.find(fits);
          if (found === undefined && base.running) return;
          watchers.delete(look);
          if (found) resolve(found);
          else reject(new Error(`${script} ended before ${what}:\n${base.output()}`));
        };
        watchers.add(look);
        look();
        return () => watchers.delete(look);
      }),
  });
  await peer.waitFor('ready', (line) => 'ready' in line);
  return peer;
}

function parse(text: string): JsonLine | undefined {
  if (!text.startsWith('{')) return undefined;
  try {
    return JSON.parse(text) as JsonLine;
  } catch {
    return undefined;
  }
}
