import { describe } from '@jest/globals';
import type { MakeArchive } from './archive-under-test.js';
import { changesContract } from './changes-contract.js';
import { commitContract } from './commit-contract.js';
import { namesContract } from './names-contract.js';
import { originalTablesContract } from './original-tables-contract.js';
import { queriesContract } from './queries-contract.js';
import { tilesContract } from './tiles-contract.js';

export type { ArchiveUnderTest, MakeArchive } from './archive-under-test.js';

/** What every archive does, whichever database holds it. */
export function archiveContract(name: string, make: MakeArchive): void {
  describe(`archive on ${name}`, () => {
    commitContract(make);
    queriesContract(make);
    changesContract(make);
    namesContract(make);
    originalTablesContract(make);
    tilesContract(make);
  });
}
