import { numberOf, oneText, onlyKnown } from '../api/parameters.js';
import { rangeOf } from '../api/time.js';
import { findEvents } from '../events/find-events.js';
import type { Route } from '../http/routes.js';

/** `GET /api/v1/events`: what came and went, as rows that Grafana's Infinity takes as annotations. */
export const eventsRoute: Route = {
  method: 'GET',
  path: '/api/v1/events',
  run: ({ req, res, view, context }) => {
    onlyKnown(req.query, ['from', 'to', 'q', 'limit']);
    const now = context.clock();
    const most = context.limits.eventsAnswered;
    const found = findEvents(context.events, view, {
      range: rangeOf(req.query, now),
      words: oneText(req.query, 'q') ?? '',
      now,
      limit: Math.floor(numberOf(req.query, 'limit', 1, most) ?? most),
    });
    const ms = (seconds: number) => Math.round(seconds * 1000);
    res.json(
      found.map(({ time, until, lasts, title, text, tags }) => ({
        time: ms(time),
        timeEnd: ms(until ?? time),
        title,
        text,
        tags,
        lasts,
      })),
    );
  },
};
