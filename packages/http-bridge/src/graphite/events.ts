import type { BridgeRequest } from '../http/routes.js';
import { oneWord } from '../api/parameters.js';
import { parametersOf } from './parameters.js';
import { parseGraphiteTime } from './time.js';

/** `/events/get_data`: data nodes and agents that came and went, as Graphite tells events. */
export function answerEvents({ req, res, view, context }: BridgeRequest): void {
  const parameters = parametersOf(req);
  const now = context.clock();
  const time = (name: string, open: number) => {
    const text = parameters.one(name);
    return text === undefined ? open : parseGraphiteTime(text, now, name);
  };
  const range = { start: time('from', -Infinity), end: time('until', Infinity) };
  const wanted = parameters.all('tags').flatMap((text) => text.split(/[\s,]+/).filter(Boolean));
  const union = oneWord(req.query, 'set', ['intersection', 'union'], 'intersection') === 'union';
  const events = context.events
    .within(range)
    .filter(({ node }) => view.sees(node))
    .filter(({ tags }) => {
      const has = (tag: string) => tags.includes(tag);
      return wanted.length === 0 || (union ? wanted.some(has) : wanted.every(has));
    })
    .slice(-context.limits.eventsAnswered);
  // Whole seconds and lists of texts: Grafana takes nothing else.
  res.json(
    events.map(({ id, time: when, title, text, tags }) => ({
      id,
      when: Math.floor(when),
      what: title,
      tags,
      data: text,
    })),
  );
}
