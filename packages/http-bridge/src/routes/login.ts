import { SisockError } from '@sisock/core';
import type { Route } from '../http/routes.js';

/**
 * `GET /login`: makes a browser ask for a user and a password where strangers are let in, too, and leads back to the page.
 */
export const loginRoute: Route = {
  method: 'GET',
  path: '/login',
  light: true,
  run: ({ res, principal }) => {
    if (principal.kind === 'anonymous') {
      throw new SisockError('not_authorized', 'a login is asked for: a user and a password, or a name and its token');
    }
    res.redirect(302, '/');
  },
};
