import { afterAll, beforeAll, describe } from '@jest/globals';
import type { Batch, Reader } from '@sisock/core';
import { catalogContract } from './catalog-contract.js';
import { type Ability, contractFixture, type Fixture } from './fixture.js';
import { growthContract } from './growth-contract.js';
import { readContract } from './read-contract.js';
import { reduceContract } from './reduce-contract.js';

/** A reader that holds the fixture it was made with. */
export interface ReaderUnderTest {
  readonly reader: Reader;
  close(): Promise<void>;
  /** Adds rows to a timeline (names as in the fixture); resolves when the reader may be asked for them. */
  readonly append?: (timeline: string, batch: Batch) => Promise<void>;
}

export type MakeReader = (fixture: Fixture) => Promise<ReaderUnderTest>;

export interface ContractOptions {
  /** What the source of data can't hold. */
  readonly without?: readonly Ability[];
  /** How the reader calls what the fixture calls so. */
  readonly timelineName?: (timeline: string) => string;
  readonly fieldName?: (field: string, timeline: string) => string;
}

/** What the parts of the contract work with. */
export interface ContractContext {
  readonly fixture: Fixture;
  readonly can: (ability: Ability) => boolean;
  readonly timelineName: (timeline: string) => string;
  readonly fieldName: (field: string, timeline: string) => string;
  /** The shared reader that is only read. */
  readonly reader: () => Reader;
  readonly make: MakeReader;
}

/** The contract of `Reader` as a suite of tests: every implementation runs it. */
export function readerContract(name: string, make: MakeReader, options: ContractOptions = {}): void {
  const { without = [], timelineName = (timeline) => timeline, fieldName = (field) => field } = options;
  const can = (ability: Ability) => !without.includes(ability);
  const fixture = contractFixture(can);
  describe(`${name} keeps the contract of Reader`, () => {
    let made: ReaderUnderTest;
    beforeAll(async () => {
      made = await make(fixture);
    });
    afterAll(async () => {
      await made?.close();
    });
    const context: ContractContext = { fixture, can, timelineName, fieldName, make, reader: () => made.reader };
    catalogContract(context);
    readContract(context);
    reduceContract(context);
    growthContract(context);
  });
}
