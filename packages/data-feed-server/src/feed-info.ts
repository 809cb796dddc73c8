import { SisockError } from '@sisock/core';

/** Who published an event, as the feed says itself. `record`: the feed carries blocks of samples for the archive. */
export interface FeedInfo {
  /** `<agent address>.feeds.<feed name>`. */
  readonly address: string;
  readonly agentAddress: string;
  readonly feedName: string;
  readonly agentClass: string | null;
  readonly sessionId: string | null;
  readonly record: boolean;
}

const separator = '.feeds.';

/**
 * The feed an event belongs to. The topic it was published on decides where it is known, since that is what the router
 * allowed the publisher; the feed's own `address` otherwise.
 * @throws SisockError `bad_data` naming the key that is missing or wrong.
 */
export function readFeedInfo(raw: unknown, topic: string | undefined, maxNameLength: number): FeedInfo {
  if (!isRecord(raw)) throw new SisockError('bad_data', `feed information is ${kindOf(raw)}, not a dictionary`);
  const address = topic ?? raw['address'];
  if (typeof address !== 'string') throw new SisockError('bad_data', `feed address is ${kindOf(address)}, not a text`);
  if (address.length > maxNameLength) {
    throw new SisockError('bad_data', `feed address has ${address.length} characters; at most ${maxNameLength}`);
  }
  const at = address.lastIndexOf(separator);
  const feedName = address.slice(at + separator.length);
  if (at <= 0 || feedName === '') {
    throw new SisockError('bad_data', `feed address ${JSON.stringify(address)} is not <agent address>.feeds.<feed>`);
  }
  return {
    address,
    agentAddress: address.slice(0, at),
    feedName,
    agentClass: shortText(raw['agent_class'], maxNameLength),
    sessionId: shortText(raw['session_id'], maxNameLength),
    record: raw['record'] === true,
  };
}

function shortText(value: unknown, maxLength: number): string | null {
  return typeof value === 'string' && value.length <= maxLength ? value : null;
}

/** A dictionary as the serializers make it. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !ArrayBuffer.isView(value);
}

/** What a value is, for messages. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'missing';
  return Array.isArray(value) || ArrayBuffer.isView(value) ? 'a list' : typeof value;
}
