import { nodeNameProblem } from '@sisock/wamp';
import { optionalSetting, setting, type SettingsOf, type SettingsSpec, wholeNumber, words } from '@sisock/runtime';

const names = words
  .transform((text): readonly string[] => text.split(',').map((name) => name.trim()))
  .refine((list) => list.every((name) => name !== ''), 'is not a list of names with commas between');

/** Settings of a joined node. */
export const joinedSettings = {
  ARCHIVE_NODES: setting(
    names,
    'data nodes of the archive, with commas between; * stands for any text, !name for not that one',
    {
      fallback: 'g3_reader',
    },
  ),
  FEED_NODES: setting(
    names,
    'data nodes of live OCS feeds, in the same way; of those that match, the ones that serve feeds are used',
    { fallback: '*' },
  ),
  JOIN_NAME: setting(
    words.refine((name) => nodeNameProblem(name) === null, 'is not one part of an address: no blanks, dots and commas'),
    'name of the data node',
    { fallback: 'ocs' },
  ),
  DESCRIPTION: optionalSetting(words, 'what the data node serves, for people'),
  MAX_POINTS: optionalSetting(
    wholeNumber(1, 10_000_000),
    'most samples a field in one answer of the original get_data; more are thinned, extremes kept',
  ),
} satisfies SettingsSpec;

export type JoinedSettings = SettingsOf<typeof joinedSettings>;
