import { isIPv4 } from 'node:net';
import type { Request, RequestHandler } from 'express';
import { ipKeyGenerator, rateLimit } from 'express-rate-limit';
import { SisockError } from '@sisock/core';
import type { BridgeLimits } from '../limits.js';

const windowMs = 60_000;

/**
 * Lets each client ask so often in a minute; the next request gets 429 with Retry-After. A client is an address, of IPv6 a
 * /56 network; headers that tell of another one are not believed. This machine's own programs are not limited.
 */
export function limitRate({ requestsPerMinute: limit }: BridgeLimits): RequestHandler {
  return rateLimit({
    windowMs,
    limit,
    standardHeaders: 'draft-8',
    legacyHeaders: false,
    validate: false,
    skip: (req) => isThisMachine(addressOf(req)),
    keyGenerator: (req) => ipKeyGenerator(addressOf(req)),
    handler: (_req, _res, next) => {
      next(new SisockError('too_many', `more than ${limit} requests within a minute: try again later`));
    },
  });
}

/** An IPv4 address is told as such where it came over an IPv6 socket. */
function addressOf(req: Request): string {
  const address = req.socket.remoteAddress ?? '';
  const mapped = address.replace(/^::ffff:/i, '');
  return isIPv4(mapped) ? mapped : address;
}

function isThisMachine(address: string): boolean {
  return address === '::1' || (isIPv4(address) && address.startsWith('127.'));
}
