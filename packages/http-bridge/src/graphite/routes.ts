import type { RequestHandler } from 'express';
import type { Route } from '../http/routes.js';
import { answerExpand, answerFind } from './browse.js';
import { answerEvents } from './events.js';
import { functions } from './functions.js';
import { answerRender } from './render.js';

/** The version of Graphite whose API is spoken. */
const version = '1.1.10';

type Run = Route['run'];

/** A route of Graphite's, which clients ask with a URL or a form alike. */
function both(path: string, run: Run, light = false): Route[] {
  return [
    { method: 'GET', path, run, light },
    { method: 'POST', path, run, light, form: true },
  ];
}

/** Series have no tags to search by, so there is nothing to complete. */
const nothing: Run = ({ res }) => void res.json([]);

/** What Grafana's Graphite data source asks: docs/graphite.md. */
export const graphiteRoutes: readonly Route[] = [
  ...both('/render', answerRender),
  ...both('/metrics/find', answerFind),
  ...both('/metrics/expand', answerExpand),
  ...both('/events/get_data', answerEvents),
  { method: 'GET', path: '/version', light: true, run: ({ res }) => void res.json(version) },
  { method: 'GET', path: '/functions', light: true, run: ({ res }) => void res.json(functionIndex()) },
  { method: 'GET', path: '/tags', light: true, run: nothing },
  ...both('/tags/autoComplete/tags', nothing, true),
  ...both('/tags/autoComplete/values', nothing, true),
  ...both('/tags/findSeries', nothing, true),
  {
    method: 'GET',
    path: '/tags/:tag',
    light: true,
    run: ({ req, res }) => void res.json({ tag: req.params['tag'], values: [] }),
  },
];

/** Where {@link plainErrors} belongs. */
export const graphitePaths: string[] = [
  '/render',
  '/metrics/find',
  '/metrics/expand',
  '/events',
  '/version',
  '/functions',
  '/tags',
];

/** Errors as Graphite's clients show them: the message alone, as text. */
export const plainErrors: RequestHandler = (req, res, next) => {
  const json = res.json.bind(res);
  res.json = (body: unknown) => {
    const { message } = Object(body) as { message?: unknown };
    if (res.statusCode < 400 || typeof message !== 'string') return json(body);
    return res.type('text').send(`${message}\n`);
  };
  next();
};

function functionIndex(): object {
  return Object.fromEntries(
    [...functions].map(([name, { group, description, params }]) => {
      const list = params.map((param) => (param.required ? param.name : `${param.name}=...`)).join(', ');
      const shown = params.map((param) => ({ ...param, multiple: param.multiple === true }));
      return [name, { name, function: `${name}(${list})`, module: 'sisock', group, description, params: shown }];
    }),
  );
}
