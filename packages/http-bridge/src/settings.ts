import {
  decimalNumber,
  flag,
  optionalSetting,
  portNumber,
  setting,
  type SettingsOf,
  wholeNumber,
  words,
} from '@sisock/runtime';
import { z } from 'zod';
import { type BridgeLimits, defaultLimits } from './limits.js';

/** Settings of the HTTP bridge. The other limits of {@link BridgeLimits} are options of createBridge. */
export const bridgeSettings = {
  PORT: optionalSetting(portNumber, 'TCP port of HTTP; unset: 5000, or the next free one'),
  SISOCK_BIND: setting(words, 'address HTTP listens on', { fallback: '127.0.0.1' }),
  SISOCK_ORIGINS: setting(
    z
      .string()
      .transform((text) => text.split(/[\s,]+/).filter(Boolean))
      .superRefine((origins, context) => {
        const problems = origins.flatMap(originProblem);
        if (problems.length > 0) context.addIssue({ code: 'custom', message: problems.join('; ') });
      }),
    'origins, beside its own, whose pages may ask, as https://host[:port], separated by commas; * is every one, but for the WebSocket',
    { fallback: '' },
  ),
  SISOCK_ACCESS_FILE: optionalSetting(
    words,
    'JSON file that says who may see which data nodes (docs/access.md); unset: everybody all, on the loopback only',
  ),
  SISOCK_ANONYMOUS: setting(flag, 'let everybody in without credentials where SISOCK_BIND is not the loopback, too', {
    fallback: 'no',
  }),
  HTTP_DEADLINE: setting(decimalNumber(0.1, 3600), 'longest wait for one data node, in seconds', {
    fallback: String(defaultLimits.nodeDeadlineMs / 1000),
  }),
  HTTP_MAX_REQUESTS: setting(wholeNumber(1, 100_000), 'requests for data worked on at once', {
    fallback: String(defaultLimits.concurrentRequests),
  }),
  HTTP_RATE: setting(wholeNumber(1, 1_000_000_000), 'requests a minute of one client that is not on this machine', {
    fallback: String(defaultLimits.requestsPerMinute),
  }),
  HTTP_MAX_FIELDS: setting(wholeNumber(1, 100_000), 'fields in one request', {
    fallback: String(defaultLimits.fields),
  }),
  HTTP_MAX_BODY: setting(wholeNumber(1000, 1_000_000_000), 'longest body of a request, in bytes', {
    fallback: String(defaultLimits.bodyBytes),
  }),
};

/** A browser names an origin in one spelling only: any other would never be met. */
function originProblem(origin: string): readonly string[] {
  const meant = URL.canParse(origin) ? new URL(origin).origin : '';
  if (origin === '*' || origin === meant) return [];
  const cure = /^https?:/.test(meant) ? `write ${meant}` : 'write it as https://host[:port]';
  return [`names ${JSON.stringify(origin)}, which is no origin: ${cure}`];
}

export type BridgeSettings = SettingsOf<typeof bridgeSettings>;

/** The part of createBridge's options that settings give. */
export function bridgeOptions(settings: BridgeSettings): {
  readonly port: number | undefined;
  readonly host: string;
  readonly allowedOrigins: readonly string[];
  readonly limits: Partial<BridgeLimits>;
} {
  const nodeDeadlineMs = Math.round(settings.HTTP_DEADLINE * 1000);
  return {
    port: settings.PORT,
    host: settings.SISOCK_BIND,
    allowedOrigins: settings.SISOCK_ORIGINS,
    limits: {
      nodeDeadlineMs,
      // Half of what data are waited for, but never less than usual without a need.
      catalogDeadlineMs: Math.min(
        nodeDeadlineMs,
        Math.max(Math.ceil(nodeDeadlineMs / 2), defaultLimits.catalogDeadlineMs),
      ),
      concurrentRequests: settings.HTTP_MAX_REQUESTS,
      requestsPerMinute: settings.HTTP_RATE,
      fields: settings.HTTP_MAX_FIELDS,
      bodyBytes: settings.HTTP_MAX_BODY,
    },
  };
}
