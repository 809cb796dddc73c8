import type { AccessPolicy, Clock, Site } from '@sisock/core';
import type { Complaints, Logger } from '@sisock/runtime';
import type { EventLog } from './events/event-log.js';
import type { BridgeLimits } from './limits.js';
import type { Meters } from './meters.js';
import type { Catalogs } from './site/catalogs.js';

/** What every part of the bridge works with. */
export interface BridgeContext {
  readonly site: Site;
  readonly catalogs: Catalogs;
  readonly events: EventLog;
  readonly access: AccessPolicy;
  readonly limits: BridgeLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly complaints: Complaints;
  readonly meters: Meters;
}
