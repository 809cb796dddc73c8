import { SisockError } from '@sisock/core';
import {
  decimalNumber,
  type Environment,
  oneOf,
  optionalSetting,
  readSettings,
  setting,
  type SettingsOf,
  type SettingsSpec,
  wholeNumber,
  words,
} from '@sisock/runtime';

const uriPart = /^[^\s.,#]+$/;
const partRule = 'is not one part of an address: no blanks, dots and commas';

/** Settings of the log that a data-feed node keeps of its rows. */
export const feedLogSettings = {
  FEED_LOG: optionalSetting(
    words,
    'directory in which received samples are kept beyond the life of the process, or off; unset: feed-log/<NAME> in SISOCK_DATA_DIR',
  ),
  FEED_LOG_DURABILITY: setting(
    oneOf(['none', 'interval', 'each']),
    'a sample is shown once it outlives this process (none), as none and soon on the disk (interval), or once it is on the disk (each)',
    { fallback: 'interval' },
  ),
  FEED_LOG_SYNC_INTERVAL: setting(decimalNumber(0.01, 3600), 'seconds between two syncs with interval', {
    fallback: '1',
  }),
  FEED_LOG_MAX_BYTES: setting(wholeNumber(1_000_000, Number.MAX_SAFE_INTEGER), 'bytes of the feed log at most', {
    fallback: '4000000000',
  }),
} satisfies SettingsSpec;

/** Settings of a data-feed node: one feed (TARGET, FEED) or every feed of a site (FEED_PATTERN). */
export const dataFeedSettings = {
  TARGET: optionalSetting(words.regex(uriPart, partRule), 'instance-id of the agent whose feed is served'),
  FEED: setting(words.regex(uriPart, partRule), 'name of its feed', { fallback: 'temperatures' }),
  FEED_PATTERN: optionalSetting(
    words.refine(isFeedPattern, 'is not a WAMP wildcard of feeds, such as observatory..feeds. (an empty part is any)'),
    'instead of TARGET: WAMP wildcard of all feeds to serve, such as observatory..feeds.',
  ),
  NAME: optionalSetting(words, 'name of the data node; required with TARGET, feeds with FEED_PATTERN'),
  DESCRIPTION: optionalSetting(words, 'what the data node serves, for people'),
  BUFFER_TIME: setting(decimalNumber(1, 31_622_400), 'seconds of data that are kept', { fallback: '3600' }),
  ADDRESS_ROOT: setting(
    words
      .refine((text) => text.split(',').every(isRoot), 'is not a list of address roots such as observatory,satp1')
      .transform((text): readonly string[] => [...new Set(text.split(',').map((root) => root.trim()))]),
    'first part of the addresses of agents; several with commas',
    { fallback: 'observatory' },
  ),
  ...feedLogSettings,
} satisfies SettingsSpec;

/** Those of the log may be left out: it is off without a directory. */
export type DataFeedSettings = Omit<SettingsOf<typeof dataFeedSettings>, keyof typeof feedLogSettings> &
  Partial<SettingsOf<typeof feedLogSettings>>;

function isRoot(text: string): boolean {
  return /^[^\s.#]+(\.[^\s.#]+)*$/.test(text.trim());
}

function isFeedPattern(text: string): boolean {
  const parts = text.split('.');
  return parts.length >= 4 && parts.at(-2) === 'feeds' && !/[\s,#]/.test(text);
}

/** What a node subscribes to and how it calls itself. */
export interface FeedChoice {
  /** One feed under the original's names, or many under full names. */
  readonly mode: 'one' | 'many';
  readonly name: string;
  readonly description: string;
  /** Topics of samples: exact URIs for one feed (one for each root), a wildcard for many. */
  readonly topics: readonly string[];
  /** Topics that tell of the agents' lives beside them. */
  readonly lifeTopics: readonly { readonly topic: string; readonly match: 'exact' | 'wildcard' }[];
  /** Events of other roots are left alone; null: all are taken. */
  readonly roots: readonly string[] | null;
}

/**
 * Settings as the choice of feeds they make.
 * @throws SisockError `bad_setting`, a line for each problem.
 */
export function chooseFeeds(settings: DataFeedSettings): FeedChoice {
  const problems = choiceProblems(settings);
  if (problems.length > 0) throw new SisockError('bad_setting', problems.join('\n'));
  const { TARGET, FEED, FEED_PATTERN, NAME, DESCRIPTION, ADDRESS_ROOT } = settings;
  if (FEED_PATTERN !== undefined) {
    const [root] = FEED_PATTERN.split('.');
    const roots = root === '' ? ADDRESS_ROOT : null;
    const topics = (root === '' ? ADDRESS_ROOT : [root!]).flatMap((r) =>
      ['heartbeat', 'agent_operations'].map((feed) => `${r}..feeds.${feed}`),
    );
    return {
      mode: 'many',
      name: NAME ?? 'feeds',
      description: DESCRIPTION ?? `Live feeds ${FEED_PATTERN}`,
      topics: [FEED_PATTERN],
      lifeTopics: topics.filter((t) => !covers(FEED_PATTERN, t)).map((topic) => ({ topic, match: 'wildcard' })),
      roots,
    };
  }
  return {
    mode: 'one',
    name: NAME!,
    description: DESCRIPTION ?? `Live feed ${FEED} of ${TARGET}`,
    topics: ADDRESS_ROOT.map((root) => `${root}.${TARGET}.feeds.${FEED}`),
    lifeTopics: ADDRESS_ROOT.map((root) => ({ topic: `${root}.${TARGET}.feeds.heartbeat`, match: 'exact' })),
    roots: null,
  };
}

/**
 * Reads and checks the settings of a data-feed node; all problems are told at once.
 * @throws SisockError `bad_setting`, a line for each problem.
 */
export function readDataFeedSettings(env: Environment): DataFeedSettings {
  const set = (name: string) => (env[name]?.trim() ? env[name] : undefined);
  const apart = choiceProblems({ TARGET: set('TARGET'), FEED_PATTERN: set('FEED_PATTERN'), NAME: set('NAME') });
  try {
    const settings = readSettings(dataFeedSettings, env);
    if (apart.length === 0) return settings;
  } catch (thrown) {
    if ((thrown as { code?: unknown }).code !== 'bad_setting') throw thrown;
    throw new SisockError('bad_setting', [(thrown as Error).message, ...apart].join('\n'), { cause: thrown });
  }
  throw new SisockError('bad_setting', apart.join('\n'));
}

function choiceProblems({
  TARGET,
  FEED_PATTERN,
  NAME,
}: Pick<DataFeedSettings, 'TARGET' | 'FEED_PATTERN' | 'NAME'>): string[] {
  const problems: string[] = [];
  if (TARGET === undefined && FEED_PATTERN === undefined) {
    problems.push('neither TARGET nor FEED_PATTERN is set: TARGET serves one feed of one agent, FEED_PATTERN many');
  }
  if (TARGET !== undefined && FEED_PATTERN !== undefined) {
    const both = `TARGET ${JSON.stringify(TARGET)} and FEED_PATTERN ${JSON.stringify(FEED_PATTERN)}`;
    problems.push(`${both} are both set: choose one of them`);
  }
  if (TARGET !== undefined && NAME === undefined) problems.push('NAME is not set: it names the data node of TARGET');
  return problems;
}

/** True when every topic that `topic` (perhaps a wildcard itself) matches is matched by `pattern`. */
function covers(pattern: string, topic: string): boolean {
  const wide = pattern.split('.');
  const narrow = topic.split('.');
  return wide.length === narrow.length && wide.every((part, i) => part === '' || part === narrow[i]);
}
