import { make, makeButton } from '../base/elements.js';

export interface MenuItem {
  readonly label: string;
  readonly run: () => void;
}

export interface Menu {
  readonly element: HTMLElement;
  setDisabled(isDisabled: boolean): void;
}

/** A button that opens a list of things to do. */
export function createMenu(label: string, items: readonly MenuItem[]): Menu {
  const list = make('div', 'menu-items');
  list.hidden = true;
  const button = makeButton('', label, null, () => setOpen(list.hidden !== false));
  button.setAttribute('aria-expanded', 'false');
  const element = make('div', 'menu', [button, list]);

  function setOpen(isOpen: boolean): void {
    list.hidden = !isOpen;
    button.setAttribute('aria-expanded', String(isOpen));
    if (isOpen) (list.firstElementChild as HTMLElement).focus();
  }

  list.append(
    ...items.map(({ label: text, run }) =>
      makeButton('plain', text, null, () => {
        setOpen(false);
        button.focus();
        run();
      }),
    ),
  );
  element.addEventListener('keydown', (event) => {
    if (list.hidden) return;
    const all = [...list.children] as HTMLElement[];
    const at = all.indexOf(document.activeElement as HTMLElement);
    if (event.key === 'Escape') {
      setOpen(false);
      button.focus();
    } else if (event.key === 'ArrowDown') all[Math.min(all.length - 1, at + 1)]?.focus();
    else if (event.key === 'ArrowUp') all[Math.max(0, at - 1)]?.focus();
    else return;
    event.preventDefault();
    event.stopPropagation();
  });
  element.addEventListener('focusout', (event) => {
    if (!element.contains(event.relatedTarget as Node | null)) setOpen(false);
  });
  return {
    element,
    setDisabled(isDisabled) {
      button.disabled = isDisabled;
    },
  };
}
