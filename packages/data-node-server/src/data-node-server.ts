import { type Clock, type Reader, toSisockError } from '@sisock/core';
import {
  createLogger,
  createMetrics,
  environment,
  type Environment,
  type Logger,
  logLevelSetting,
  type Metrics,
  readSettings,
  type Service,
  systemClock,
} from '@sisock/runtime';
import {
  answerChallenge,
  type Challenge,
  connectSession,
  type SessionDetails,
  sessionOptions,
  type WampSession,
  wampSettings,
} from '@sisock/wamp';
import { readerFromNode } from './node-reader.js';
import type { NodeData, NodeFields } from './node-shape.js';
import { requestMetrics } from './request-metrics.js';
import { type ServedReader, serveReader, type ServeOptions } from './serve-reader.js';

/** Everything has a default: settings of the environment, this machine's clock, a log on standard error. */
export interface StartOptions extends Partial<
  Pick<ServeOptions, 'limits' | 'maxPoints' | 'replica' | 'addEveryMs' | 'graceMs'>
> {
  /** A session to serve on. Without one the node makes its own, and closes it at the end. */
  readonly session?: WampSession;
  /** Where the settings of the router are read from. */
  readonly env?: Environment;
  readonly log?: Logger;
  readonly metrics?: Metrics;
  readonly clock?: Clock;
}

/**
 * Parent of data nodes. A child gives `name`, `description`, `getFields` and `getData` (or overrides `reader`); joining,
 * reconnecting, the hub, both wire forms, reduction, limits and health are done here.
 */
export class DataNodeServer {
  /** Each node has its own; the hub refuses one that a living node holds. */
  readonly name: string = '';
  /** For people. */
  readonly description: string = '';
  #secret: string | undefined;

  /**
   * Fields and timelines with a sample in [`start`, `end`); more may be named. UNIX seconds: the base has resolved relative
   * times. May be async.
   */
  getFields(_start: number, _end: number): NodeFields | Promise<NodeFields> {
    return [{}, {}];
  }

  /**
   * Data of the fields in [`start`, `end`); `false` when that is more than this node gives at once. `minStride` (seconds, or
   * null) may be ignored: the base thins. Times are UNIX seconds. May be async.
   */
  getData(
    _field: readonly string[],
    _start: number,
    _end: number,
    _minStride: number | null,
  ): NodeData | Promise<NodeData> {
    return { data: {}, timeline: {} };
  }

  /** What is served. Override it to give a Reader of your own; then `getFields` and `getData` are not used. */
  reader(context: NodeContext): Reader {
    return readerFromNode({
      getFields: (start, end) => this.getFields(start, end),
      getData: (field, start, end, minStride) => this.getData(field, start, end, minStride),
      clock: context.clock,
      onProblem: context.onProblem,
    });
  }

  /** The transport to the router stands; joining comes next. */
  onConnect(): void {}

  /** The signature of the router's challenge; the base signs with WAMP_SECRET (WAMP-CRA). */
  onChallenge(challenge: Challenge): string | Promise<string> {
    return answerChallenge(this.#secret, challenge.method, challenge.extra);
  }

  /** Joined the router, at each join. The base has registered the procedures and adds the node to the hub by itself. */
  onJoin(_details: SessionDetails): void | Promise<void> {}

  /** After `onJoin` has finished, at each join. */
  afterOnJoin(_details: SessionDetails): void | Promise<void> {}

  /**
   * Puts the node on the wire, until `close`. While the router or the hub is away it waits for them.
   * @throws SisockError `bad_setting` for wrong settings or a name that can be none, `name_taken`.
   */
  async start(options: StartOptions = {}): Promise<ServedReader> {
    const { env = environment(), clock = systemClock, metrics = createMetrics() } = options;
    const log = options.log ?? createLogger({ level: readSettings({ LOGLEVEL: logLevelSetting }, env).LOGLEVEL });
    const own = options.session === undefined ? this.#connect(env, log) : null;
    const session = options.session ?? own!;
    const counters = requestMetrics(metrics, this.name);
    const onProblem = containedProblems(log.child({ node: this.name }), () => counters.contained());
    let serving!: (served: boolean) => void;
    const served = new Promise<boolean>((resolve) => (serving = resolve));
    const joined = (details: SessionDetails) => void this.#joined(details, served, log);
    const before = session.details;
    const stopListening = session.onJoin(joined);
    try {
      const { limits, maxPoints, replica, addEveryMs, graceMs } = options;
      const node = await serveReader({
        session,
        name: this.name,
        description: this.description,
        reader: this.reader({ log, metrics, clock, onProblem }),
        log,
        metrics,
        clock,
        counters,
        maxPoints,
        ...(limits && { limits }),
        ...(replica !== undefined && { replica }),
        ...(addEveryMs !== undefined && { addEveryMs }),
        ...(graceMs !== undefined && { graceMs }),
      });
      serving(true);
      if (before !== null) joined(before);
      return ownedNode(node, own, stopListening);
    } catch (thrown) {
      serving(false);
      stopListening();
      await own?.close();
      throw thrown;
    }
  }

  #connect(env: Environment, log: Logger): WampSession {
    const settings = sessionOptions(readSettings(wampSettings, env));
    this.#secret = settings.secret;
    // Only a child that signs itself can answer a challenge without a secret.
    const signs = settings.secret !== undefined || this.onChallenge !== DataNodeServer.prototype.onChallenge;
    return connectSession({
      ...settings,
      log,
      onConnect: () => {
        try {
          this.onConnect();
        } catch (error) {
          log.error({ err: error, node: this.name }, 'onConnect failed');
        }
      },
      ...(signs && { onChallenge: async (challenge: Challenge) => this.onChallenge(challenge) }),
    });
  }

  async #joined(details: SessionDetails, served: Promise<boolean>, log: Logger): Promise<void> {
    try {
      if (!(await served)) return;
      await this.onJoin(details);
      await this.afterOnJoin(details);
    } catch (error) {
      log.error({ err: error, node: this.name }, 'onJoin or afterOnJoin failed');
    }
  }
}

/** What `reader` is given. */
export interface NodeContext {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: Clock;
  /** Counts and logs something wrong in the node's own answers. */
  readonly onProblem: (problem: string) => void;
}

/** Most different problems of one node that are logged; all are counted. */
const problemsLogged = 100;

function containedProblems(log: Logger, count: () => void): (problem: string) => void {
  const told = new Set<string>();
  return (problem) => {
    count();
    if (told.has(problem) || told.size >= problemsLogged) return;
    told.add(problem);
    log.warn({ problem }, 'wrong answer of getFields or getData');
  };
}

/** The node with its session: wrong credentials end it, and its end closes them both. */
function ownedNode(
  node: ServedReader,
  session: (Service & Partial<WampSession>) | null,
  stopListening: () => void,
): ServedReader {
  const refused = session?.ready?.then(
    () => new Promise<never>(() => undefined),
    (thrown: unknown) => {
      // Closing before the first join is no failure.
      if (toSisockError(thrown).code === 'cancelled') return new Promise<never>(() => undefined);
      throw thrown;
    },
  );
  const failed = refused ? Promise.race([node.failed, refused]) : node.failed;
  failed.catch(() => undefined);
  return {
    name: node.name,
    listed: node.listed,
    problem: () => node.problem(),
    failed,
    async close() {
      stopListening();
      await node.close();
      await session?.close();
    },
  };
}
