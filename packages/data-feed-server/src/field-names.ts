import { archiveFieldName, originalFieldName } from '@sisock/core';

export { archiveFieldName, originalFieldName, unusedName } from '@sisock/core';

/** How a node spells its fields: `original` serves one feed under short names, `full` many under so3g's full names. */
export type FieldNaming = 'original' | 'full';

/** The name a field of a feed is served under, before clashes are resolved. */
export function servedFieldName(naming: FieldNaming, feedAddress: string, own: string): string {
  return naming === 'original' ? originalFieldName(own) : `${feedAddress}.${archiveFieldName(own)}`;
}
