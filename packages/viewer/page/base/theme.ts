/** What a person chose; `auto`: as their system is. */
export type Theme = 'auto' | 'light' | 'dark';

const key = 'sisock-theme';
const isDark = () => window.matchMedia('(prefers-color-scheme: dark)');

/** The choice of this browser. */
export function chosenTheme(): Theme {
  try {
    const stored = window.localStorage.getItem(key);
    return stored === 'light' || stored === 'dark' ? stored : 'auto';
  } catch {
    // A browser that keeps nothing.
    return 'auto';
  }
}

/** Dresses the document. */
export function applyTheme(theme: Theme = chosenTheme()): void {
  document.documentElement.dataset['theme'] = theme === 'auto' ? (isDark().matches ? 'dark' : 'light') : theme;
}

/** The next choice after this one: first the other look than now, then as the system is. */
export function nextTheme(): Theme {
  const other = document.documentElement.dataset['theme'] === 'dark' ? 'light' : 'dark';
  const system = isDark().matches ? 'dark' : 'light';
  return other === system ? 'auto' : other;
}

export function chooseTheme(theme: Theme): void {
  try {
    if (theme === 'auto') window.localStorage.removeItem(key);
    else window.localStorage.setItem(key, theme);
  } catch {
    // It holds for as long as the page is open.
  }
  applyTheme(theme);
}

/** Follows the system where that is the choice. `onChange`: the look is another one. */
export function watchTheme(onChange: () => void): void {
  isDark().addEventListener('change', () => {
    if (chosenTheme() === 'auto') applyTheme('auto');
    onChange();
  });
}
