/* What is asked of our bridge. Names are `node::field`, times UNIX seconds. */

/** A panel as Grafana asks for it. */
export function panelQuery(names, { from, to, buckets }) {
  const iso = (t) => new Date(t * 1000).toISOString();
  const targets = names.map((target, i) => ({ target, refId: `R${i}`, type: 'timeserie' }));
  return { path: '/query', body: { range: { from: iso(from), to: iso(to) }, maxDataPoints: buckets, targets } };
}

/** All samples of a field. */
export function rawQuery(name, { from, to }) {
  return `/api/v1/series?${new URLSearchParams({ field: name, from: String(from), to: String(to), raw: 'true' })}`;
}

/** Number of samples, least and greatest value of an answer, all fields together. */
export function digest(text) {
  const answer = JSON.parse(text);
  let least = Infinity;
  let greatest = -Infinity;
  let samples = 0;
  const take = (x) => {
    least = Math.min(least, x);
    greatest = Math.max(greatest, x);
    samples++;
  };
  if (Array.isArray(answer)) {
    for (const { datapoints, meta, target } of answer) {
      if (datapoints.length === 0) throw new Error(`no points of ${target}: ${JSON.stringify(meta)}`);
      for (const [value] of datapoints) if (value !== null) take(value);
    }
  } else {
    if (!answer.complete) throw new Error(`not complete: ${JSON.stringify(answer.notices)}`);
    for (const { values } of answer.blocks) for (const column of Object.values(values)) column.forEach(take);
  }
  return { samples, least, greatest };
}
