import { type Field, getFields, getLatest, getSeries, getStatus, type SiteState } from './api.js';
import { firstChoice } from './choose.js';
import { byId } from './elements.js';
import { createFieldList, type Reading } from './field-list.js';
import { createLegend } from './legend.js';
import { drawLanes } from './lanes.js';
import { createLive, type LiveState } from './live.js';
import { createMessage } from './message.js';
import { shortNames } from './names.js';
import { createPlot } from './plot.js';
import { createRangeBar } from './range-bar.js';
import { append, type Samples, trim } from './samples.js';
import { createStatusLine } from './status-line.js';
import { defaultRange, fromHash, type Range, resolve, toHash, type View } from './view.js';

const tickMs = 250;
const longestRedrawMs = 2000;
const pollMs = 2000;
const overlapSeconds = 5;
const staleAfterSeconds = 30;
/** The list of fields changes seldom: every so many polls. */
const fieldsEvery = 5;
/** A live line is reduced anew once it has grown to so many samples. */
const mostLiveSamples = 12_000;

/** Everything on the screen and what keeps it up to date. */
export function createPage(): { start(): void } {
  let view: View = { fields: [], range: defaultRange, log: false };
  let chosenByPerson = false;
  const history: Range[] = [];
  let fields = new Map<string, Field>();
  let readings: ReadonlyMap<string, Reading> = new Map();
  let site: SiteState | null = null;
  let data = new Map<string, Samples>();
  let notices: readonly string[] = [];
  let loading: AbortController | null = null;
  let loaded = false;
  let cursor: number | null = null;
  let clockOffset = 0;
  let polls = 0;
  let drawnAt = 0;
  /** What the last answer lacked: it is asked for again, soon or now and then. */
  let missing: 'nothing' | 'some' | 'all' = 'nothing';
  let nodesBefore = '';
  let liveState: LiveState = 'off';

  const now = () => Date.now() / 1000 + clockOffset;
  const times = () => resolve(view.range, now());
  const colorOf = (i: number) =>
    getComputedStyle(document.documentElement)
      .getPropertyValue(`--series-${(i % 8) + 1}`)
      .trim();

  const status = createStatusLine();
  const message = createMessage({ onRange: (from, to) => go({ kind: 'between', from, to }) });
  const list = createFieldList((id, chosen) => {
    chosenByPerson = true;
    show({ ...view, fields: chosen ? [...view.fields, id] : view.fields.filter((f) => f !== id) });
  });
  const legend = createLegend((id) => {
    chosenByPerson = true;
    show({ ...view, fields: view.fields.filter((f) => f !== id) });
  });
  const bar = createRangeBar({ onRange: go, onBack: back, current: times });
  const plot = createPlot(byId('plot'), {
    onZoom: (from, to) => go({ kind: 'between', from, to }),
    onDoubleClick: back,
    onCursor: (t) => {
      if (t === cursor) return;
      cursor = t;
      showLegend();
    },
  });
  const live = createLive({
    onSamples: (id, t, v) => {
      const samples = data.get(id);
      if (!samples) return;
      append(samples, t, v);
      const last = t.at(-1);
      if (last !== undefined) readings = new Map(readings).set(id, { t: last, v: v.at(-1) ?? null });
    },
    onState: (state) => {
      liveState = state;
      showLive();
    },
    onMissed: () => void load(),
    onTrouble: (text) => {
      notices = [...new Set([...notices, text])];
      missing = 'some';
      draw();
    },
  });

  function go(range: Range): void {
    history.push(view.range);
    show({ ...view, range });
  }

  function back(): void {
    const range = history.pop();
    if (range) show({ ...view, range });
  }

  /** Puts a view on the screen and into the link. */
  function show(next: View): void {
    view = next;
    window.history.replaceState(null, '', `#${toHash(view)}`);
    apply();
  }

  function apply(): void {
    list.setChosen(view.fields);
    bar.show(view.range, history.length > 0);
    bar.showTimes(times());
    byId<HTMLInputElement>('log').checked = view.log;
    for (const id of data.keys()) if (!view.fields.includes(id)) data.delete(id);
    void load();
  }

  /** Asks for the view's samples, then follows what comes after them. */
  async function load(): Promise<void> {
    loading?.abort();
    const mine = new AbortController();
    loading = mine;
    const ids = view.fields;
    // Following stops while we ask: it goes on where the answer ends, so that no field has a hole.
    live.pause();
    if (view.range.kind !== 'last' || ids.length === 0) live.follow([], 0);
    if (ids.length === 0) {
      [data, notices, missing, loaded] = [new Map(), [], 'nothing', true];
      draw();
      return;
    }
    const { from, to } = times();
    try {
      const points = Math.max(200, byId('plot').parentElement!.clientWidth);
      const answer = await getSeries(ids, from, to, points, mine.signal);
      if (mine.signal.aborted) return;
      data = new Map(ids.map((id) => [id, answer.series.get(id) ?? { t: [], v: [] }]));
      // Repetitions are told by their times; samples that were under way come late by less than the overlap.
      if (view.range.kind === 'last') live.follow(ids, to - overlapSeconds);
      notices = answer.notices;
      missing = notices.length > 0 ? 'some' : 'nothing';
      loaded = true;
    } catch (error) {
      if (mine.signal.aborted) return;
      notices = [(error as Error).message];
      missing = 'all';
      loaded = true;
    }
    draw();
  }

  function shown() {
    const names = shortNames(view.fields);
    return view.fields.map((id, i) => {
      const field = fields.get(id);
      const samples = data.get(id) ?? { t: [], v: [] };
      const numeric = field ? field.type === 'number' : samples.v.every((v) => v === null || typeof v === 'number');
      return {
        id,
        label: names.get(id)!,
        units: field?.units ?? null,
        color: numeric ? colorOf(i) : null,
        samples,
      };
    });
  }

  /** A plot moves on by a quarter of a pixel or more, so that a long range costs little. */
  function redrawPause(): number {
    const { from, to } = times();
    return Math.min(longestRedrawMs, ((to - from) * 1000) / (4 * Math.max(200, byId('plot').clientWidth)));
  }

  function draw(): void {
    drawnAt = performance.now();
    const { from, to } = times();
    if (view.range.kind === 'last') {
      for (const samples of data.values()) {
        trim(samples, from);
        if (samples.t.length > mostLiveSamples) return void load();
      }
    }
    const entries = shown();
    const inRange = (s: Samples) => s.t.some((t) => t >= from && t <= to);
    const lines = entries.flatMap((e) => (e.color !== null && inRange(e.samples) ? [{ ...e, color: e.color }] : []));
    const lanes = entries.filter((e) => e.color === null && e.samples.t.length > 0);
    if (lines.length > 0) plot.draw(lines, from, to, view.log);
    else plot.clear();
    drawLanes(byId('lanes'), lanes, from, to, plot.area());
    message.show(lines.length + lanes.length > 0 ? null : { view, fields, readings, site, loaded });
    const list = byId('notices');
    list.hidden = notices.length === 0;
    list.replaceChildren(...notices.map((text) => Object.assign(document.createElement('li'), { textContent: text })));
    showLegend();
  }

  function showLive(): void {
    const last = Math.max(-Infinity, ...[...data.values()].map((samples) => samples.t.at(-1) ?? -Infinity));
    if (view.range.kind !== 'last') status.setLive('off');
    else if (liveState === 'on' && loaded && now() - last > staleAfterSeconds) status.setLive('stale');
    else status.setLive(liveState);
  }

  function showLegend(): void {
    legend.show(shown(), cursor, now());
  }

  async function poll(): Promise<void> {
    try {
      site = await getStatus();
      if (site.time !== null) clockOffset = site.time - Date.now() / 1000;
      status.setAlarm(
        site.connected ? null : 'The server has lost its connection to the router: what is shown may be old.',
      );
      status.show(site, now());
      const nodesNow = site.nodes.map((n) => n.name).join();
      const isTurn = polls++ % fieldsEvery === 0 || nodesNow !== nodesBefore;
      nodesBefore = nodesNow;
      if (isTurn || fields.size === 0) {
        const found = await getFields();
        fields = new Map(found.map((f) => [f.id, f]));
        const about = new Map(site.nodes.map((n) => [n.name, n.description]));
        list.setFields(found, (node) => about.get(node) ?? '');
        // Units and types are known now.
        draw();
      }
      // All values are wanted for the first choice only; a list of thousands is asked for what is looked at.
      const wanted = [...list.listed(view.fields.length > 0), ...view.fields];
      readings = new Map([...readings, ...(await getLatest([...new Set(wanted)]))]);
      list.setReadings(readings, now());
      if (!chosenByPerson && view.fields.length === 0) {
        const first = firstChoice([...fields.values()], readings, now());
        if (first.length > 0) show({ ...view, fields: first });
      }
      if (view.fields.length === 0) draw();
      else if (missing === 'all' || (missing === 'some' && isTurn)) void load();
    } catch {
      status.setAlarm('The server does not answer: what is shown is old. Trying again.');
    } finally {
      setTimeout(() => void poll(), document.hidden ? pollMs * 5 : pollMs);
    }
  }

  return {
    start() {
      const linked = fromHash(window.location.hash);
      if (linked) {
        view = linked;
        chosenByPerson = linked.fields.length > 0;
      }
      window.addEventListener('hashchange', () => {
        const next = fromHash(window.location.hash);
        if (next && toHash(next) !== toHash(view)) {
          view = next;
          apply();
        }
      });
      byId('log').addEventListener('change', (event) => {
        show({ ...view, log: (event.target as HTMLInputElement).checked });
      });
      window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
      if (window.innerWidth <= 820) byId('browser').removeAttribute('open');
      setInterval(() => {
        status.setClock(now());
        if (document.hidden || view.range.kind !== 'last') return;
        bar.showTimes(times());
        showLive();
        if (cursor === null && performance.now() - drawnAt >= redrawPause()) draw();
        else showLegend();
      }, tickMs);
      apply();
      void poll();
    },
  };
}
