import { byId, setText } from '../base/elements.js';
import { chooseTheme, nextTheme, watchTheme } from '../base/theme.js';
import { firstChoice } from '../data/first-choice.js';
import { allowedAge } from '../data/freshness.js';
import { askLatest } from '../data/latest.js';
import { createReadings } from '../data/readings.js';
import { createSearch, type Search } from '../data/search.js';
import { askFields, askStatus, askTimelines, type Field } from '../data/site.js';
import { createSiteWatch } from '../data/site-watch.js';
import { watchKeys } from '../input/keyboard.js';
import { attentionOf, healthWords } from '../panels/attention.js';
import { createHeader, type LiveLook } from '../panels/header.js';
import { createHelp } from '../panels/help.js';
import { fieldType } from '../panels/plot-panel.js';
import { createRangeBar } from '../panels/range-bar.js';
import { createSidebar } from '../panels/sidebar.js';
import { createStatusView } from '../panels/status-view.js';
import { createTableView } from '../panels/table-view.js';
import { type Palette, readPalette } from '../plot/palette.js';
import { addField } from '../state/change-view.js';
import { createNavigation } from '../state/navigation.js';
import { resolve } from '../state/range.js';
import { createStore } from '../state/store.js';
import { fieldsOf } from '../state/view.js';
import { createActions, type Ui } from './actions.js';
import { createDataFlow } from './data-flow.js';
import { createEventsWatch } from './events-watch.js';
import { keysOf } from './keys.js';
import { createMetricsWatch } from './metrics-watch.js';
import { createPlots } from './plots.js';
import { createTrends } from './trends.js';

const tickMs = 250;
/** A plot that moves along with the present is drawn anew when it is to move by half a pixel, but no less often. */
const slowestDrawMs = 1000;
const planEveryMs = 120;
/** Clocks that differ by more are wrong, in seconds. */
const mostAhead = 5;

/** Everything on the screen, and what keeps it up to date. */
export function startApp(): void {
  const navigation = createNavigation(window);
  const ui = createStore<Ui>({ current: 0, cursor: null, pointed: null });
  const isHidden = () => document.hidden;
  const clock = () => Date.now() / 1000;
  const watch = createSiteWatch({ askStatus, askTimelines, askFields, clock, isHidden });
  const now = () => watch.now();
  const flow = createDataFlow({ now, onChange: () => invalidate() });
  const actions = createActions(navigation, ui, () => present());
  const metrics = createMetricsWatch(() => invalidate());
  const events = createEventsWatch(() => invalidate());
  const trends = createTrends({ now, onChange: () => invalidate() });
  let palette: Palette = readPalette(document.documentElement);
  let isChosen = navigation.isLinked;
  let drawnAt = 0;
  let plannedAt = 0;
  let isScheduled = false;

  const view = () => navigation.view.get();
  /** The present, or a little later where an agent's clock is ahead: its newest samples are seen. */
  const present = () => Math.max(now(), Math.min(now() + mostAhead, flow.newest() + 0.002));
  const span = () => resolve(view().range, present());

  const header = createHeader({
    onTab: actions.setTab,
    onZone: actions.toggleZone,
    onTheme: toggleTheme,
    onHelp: () => help.toggle(),
  });
  const rangeBar = createRangeBar({
    onRange: actions.setRange,
    onStep: actions.step,
    onZoom: actions.zoom,
    onBack: actions.back,
    onPause: actions.pauseOrFollow,
  });
  const sidebar = createSidebar({
    onSearch: actions.search,
    onChoose: (id, elsewhere) => actions.choose(id, elsewhere),
    onOpen: () => invalidate(),
    onSight: () => readings.look(),
  });
  const plots = createPlots(byId('plots'), actions, say);
  const table = createTableView({
    onChoose: (id) => actions.choose(id, false),
    onSight: () => {
      readings.look();
      invalidate();
    },
  });
  const status = createStatusView();
  const readings = createReadings({
    ask: askLatest,
    isHidden,
    wanted: () => [...new Set([...sidebar.inSight(), ...(view().tab === 'table' ? table.inSight() : [])])],
  });
  const help = createHelp(() => keys);
  const keys = keysOf({
    actions,
    navigation,
    ui: () => ui.get(),
    now,
    focusSearch: () => sidebar.focusSearch(),
    toggleTheme,
    toggleHelp: () => help.toggle(),
    copyLink: () => void copyLink(),
  });

  function invalidate(): void {
    if (isScheduled) return;
    isScheduled = true;
    requestAnimationFrame(() => {
      isScheduled = false;
      draw();
    });
  }

  function draw(): void {
    drawnAt = performance.now();
    const { tab, range, zone, plots: shown, search } = view();
    const site = watch.model.get();
    const time = span();
    const attention = attentionOf(site, metrics.now().metrics, events.events(), now());
    const all = new Set(fieldsOf(view()));
    const model = { site, now: now(), readings: readings.latest.get(), search, shown: all };
    header.show({
      tab,
      zone,
      now: now(),
      live: liveLook(),
      health: healthWords(site, attention),
      healthLook: attention[0]?.level ?? (site.state ? 'ok' : 'quiet'),
      user: site.state?.user ?? null,
      canLogIn: site.state?.hasLogins ?? false,
      alarm: alarmWords(),
    });
    rangeBar.show({ range, span: time, zone, now: now(), canGoBack: navigation.canGoBack() });
    byId('events').setAttribute('aria-pressed', String(view().events));
    const chosen = new Set(shown[actions.current()]?.fields);
    sidebar.show({ ...model, chosen });
    if (tab === 'plots') {
      plots.show({
        view: view(),
        span: time,
        now: now(),
        site,
        cache: flow.cache,
        loader: flow.loader,
        palette,
        events: events.events(),
        cursor: (range.kind === 'last' ? plots.timeAtRest(time) : null) ?? ui.get().cursor,
        pointed: ui.get().pointed,
        current: actions.current(),
      });
    } else if (tab === 'table') {
      const fields = tableFields(search);
      const color = palette.series[0]!;
      table.show({ ...model, fields, trends: trends.samples(), trendSpan: trends.span(), color });
      trends.look(table.inSight());
    } else {
      status.show({ site, metrics: metrics.now(), attention, events: events.events(), now: now(), zone });
    }
    if (performance.now() - plannedAt >= planEveryMs) plan();
  }

  /** Asks for what is shown and not there. */
  function plan(): void {
    plannedAt = performance.now();
    const { tab } = view();
    const time = span();
    flow.want(view(), time, tab === 'plots' ? plots.widths(time) : []);
    events.look();
    if (tab === 'status') metrics.look();
  }

  function liveLook(): LiveLook {
    if (view().range.kind !== 'last') return 'off';
    const state = flow.live.state();
    if (state !== 'on') return state;
    const ages = fieldsOf(view()).flatMap((id) => {
      const data = flow.cache.get(id);
      const newest = data?.newest();
      return newest ? [now() - newest.t - allowedAge(data!.interval)] : [];
    });
    return ages.length > 0 && Math.min(...ages) > 0 ? 'stale' : 'on';
  }

  function alarmWords(): string | null {
    const { error, state } = watch.model.get();
    if (error?.code === 'not_authorized') {
      return 'The server lets nobody in without a login: load the page again to log in.';
    }
    if (error) return 'The server does not answer: what is shown is old. Trying again.';
    if (state && !state.connected) return 'The server has lost its connection to the router: what is shown may be old.';
    return null;
  }

  let search: Search | null = null;
  let searchedIn: unknown = null;
  let found: { readonly key: readonly unknown[]; readonly fields: readonly Field[] } = { key: [], fields: [] };
  function tableFields(text: string): readonly Field[] {
    const { catalog } = watch.model.get();
    const key = [text, catalog];
    if (key.every((value, i) => value === found.key[i])) return found.fields;
    if (searchedIn !== catalog) [search, searchedIn] = [createSearch(catalog), catalog];
    const fields =
      text.trim() === '' ? catalog.entries.map(({ field }) => field) : search!(text).map(({ field }) => field);
    found = { key, fields };
    return fields;
  }

  function toggleTheme(): void {
    chooseTheme(nextTheme());
    themed();
  }

  function themed(): void {
    palette = readPalette(document.documentElement);
    invalidate();
  }

  async function copyLink(): Promise<void> {
    navigation.settle();
    try {
      await navigator.clipboard.writeText(window.location.href);
      say('The link is copied: it leads to what is shown.');
    } catch {
      say('The browser does not let the page copy: the link is in the address above.');
    }
  }

  /** A word about what was done, for a few seconds. */
  let saying: ReturnType<typeof setTimeout> | undefined;
  function say(words: string): void {
    const element = byId('said');
    setText(element, words);
    element.classList.add('shown');
    clearTimeout(saying);
    saying = setTimeout(() => element.classList.remove('shown'), 3000);
  }

  function tick(): void {
    if (document.hidden) return;
    const perPixel = view().range.kind === 'last' && view().tab === 'plots' ? plots.widths(span()) : [];
    const wait = Math.min(slowestDrawMs, ...perPixel.map((width) => width * 500));
    if (performance.now() - drawnAt >= wait) invalidate();
    if (performance.now() - plannedAt >= 1000) plan();
  }

  /** A first visitor sees something at once. */
  function chooseFirst(): void {
    if (isChosen || fieldsOf(view()).length > 0) return;
    const first = firstChoice(watch.model.get(), now());
    if (first.length === 0) return;
    isChosen = true;
    navigation.amend(first.reduce((next, id) => addField(next, 0, id), view()));
  }

  byId('add-plot').addEventListener('click', () => actions.addPlot());
  byId('events').addEventListener('click', actions.toggleEvents);
  byId('copy').addEventListener('click', () => void copyLink());
  const main = byId('plots');
  main.addEventListener('dragover', (event) => {
    if (event.target === main && event.dataTransfer?.types.includes(fieldType)) event.preventDefault();
  });
  main.addEventListener('drop', (event) => {
    const id = event.dataTransfer?.getData(fieldType);
    if (event.target !== main || !id) return;
    event.preventDefault();
    actions.addPlot([id]);
  });

  navigation.view.onChange(() => {
    isChosen ||= fieldsOf(view()).length > 0;
    invalidate();
  });
  ui.onChange(invalidate);
  readings.latest.onChange(invalidate);
  watch.model.onChange((next, before) => {
    if (before.error && !next.error) flow.loader.retry();
    if (next.catalog !== before.catalog) {
      flow.loader.retry();
      chooseFirst();
    }
    invalidate();
  });
  watchTheme(themed);
  watchKeys(keys, () => help.isOpen());
  document.addEventListener('visibilitychange', () => {
    if (!document.hidden) watch.look();
  });
  window.addEventListener('online', () => watch.look());
  new ResizeObserver(invalidate).observe(main);
  setInterval(tick, tickMs);
  watch.start();
  invalidate();
}
