export { batchOf, columnOf, type Sample, samplesOf } from './batch-of.js';
export {
  type Authority,
  certificateAuthority,
  type CertificateOptions,
  type KeyPair,
  selfSigned,
} from './certificates.js';
export { type FakeClock, fakeClock } from './fake-clock.js';
export { freePort } from './free-port.js';
export { type LocalRouter, localRouter, type RouterRole } from './local-router.js';
export { until } from './until.js';
export {
  type Ability,
  type Fixture,
  type FixtureField,
  fixtureStart,
  type FixtureTimeline,
} from './contract/fixture.js';
export {
  type ContractOptions,
  type MakeReader,
  readerContract,
  type ReaderUnderTest,
} from './contract/reader-contract.js';
export { siteContract, type SiteUnderTest } from './site-contract.js';
