import { SisockError } from '@sisock/core';
import { sendError } from '../http/errors.js';
import type { Route } from '../http/routes.js';
import { livePath } from '../live/server.js';

/** `GET /api/v1/live` without a WebSocket: told what it is. */
export const liveRoute: Route = {
  method: 'GET',
  path: livePath,
  light: true,
  run: ({ res, context }) => {
    context.meters.bad.inc({ route: livePath, code: 'bad_request' });
    res.setHeader('Upgrade', 'websocket');
    sendError(res, new SisockError('bad_request', `${livePath} is a WebSocket`), 426);
  },
};
