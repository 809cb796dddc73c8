import { byId, make, setText } from '../base/elements.js';
import { formatTime, type Zone, zoneName } from '../base/time.js';
import { type Tab, tabs } from '../state/view.js';

/** How live what is shown is. `stale`: it is followed, and nothing new comes. */
export type LiveLook = 'off' | 'opening' | 'on' | 'stale' | 'lost';

export interface HeaderModel {
  readonly tab: Tab;
  readonly live: LiveLook;
  readonly now: number;
  readonly zone: Zone;
  readonly health: string;
  readonly healthLook: 'ok' | 'warn' | 'bad' | 'quiet';
  /** Who is logged in; null: nobody. */
  readonly user: string | null;
  /** Who is not logged in can be. */
  readonly canLogIn: boolean;
  /** What keeps the page from its data; null: nothing. */
  readonly alarm: string | null;
}

export interface HeaderHandlers {
  readonly onTab: (tab: Tab) => void;
  readonly onZone: () => void;
  readonly onTheme: () => void;
  readonly onHelp: () => void;
}

const liveWords: Readonly<Record<LiveLook, string>> = {
  off: 'not live',
  opening: 'connecting',
  on: 'live',
  stale: 'no new data',
  lost: 'live lost, reconnecting',
};

/** Seconds are left away where there is no room for them. */
function showClock(now: number, zone: Zone): void {
  const clock = byId('zone');
  if (!clock.hasChildNodes()) clock.append(make('span'), make('span', 'seconds'), make('span'));
  const [minutes, seconds, name] = [...clock.children] as HTMLElement[];
  const time = formatTime(now, zone);
  setText(minutes!, time.slice(11, 16));
  setText(seconds!, time.slice(16));
  setText(name!, ` ${zoneName(zone, now)}`);
}

/** The line at the top of the page. */
export function createHeader({ onTab, onZone, onTheme, onHelp }: HeaderHandlers) {
  for (const tab of tabs) byId(`tab-${tab}`).addEventListener('click', () => onTab(tab));
  byId('health').addEventListener('click', () => onTab('status'));
  byId('zone').addEventListener('click', onZone);
  byId('theme').addEventListener('click', onTheme);
  byId('help').addEventListener('click', onHelp);
  const login = byId<HTMLAnchorElement>('login');
  // The server sends back to the page; what stands behind the # stays with the browser.
  login.addEventListener('click', () => (login.href = `/login${location.hash}`));

  return {
    show({ tab, live, now, zone, health, healthLook, user, canLogIn, alarm }: HeaderModel): void {
      for (const one of tabs) {
        const button = byId(`tab-${one}`);
        if (one === tab) button.setAttribute('aria-current', 'page');
        else button.removeAttribute('aria-current');
        byId(one).hidden = one !== tab;
      }
      document.body.dataset['tab'] = tab;
      const badge = byId('live');
      badge.className = `badge ${live}`;
      setText(badge, liveWords[live]);
      showClock(now, zone);
      const button = byId('health');
      button.dataset['look'] = healthLook;
      setText(button, health);
      login.hidden = user !== null || !canLogIn;
      byId('user').hidden = user === null;
      setText(byId('user'), user ?? '');
      const dark = document.documentElement.dataset['theme'] === 'dark';
      const theme = byId('theme');
      setText(theme, dark ? '☀' : '☾');
      theme.setAttribute('aria-label', dark ? 'Light' : 'Dark');
      const element = byId('alarm');
      element.hidden = alarm === null;
      setText(element, alarm ?? '');
    },
  };
}
