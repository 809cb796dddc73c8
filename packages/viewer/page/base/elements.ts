/** The element of the document with this id. The document and the modules come from one package: it is there. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no element "${id}"`);
  return element as T;
}

/** A new element with a class, text and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className = '',
  content: string | readonly (Node | string)[] = '',
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (typeof content === 'string') element.textContent = content;
  else element.append(...content);
  return element;
}

/** A button with a text, a name for who can't see it where that says too little, and what it does. */
export function makeButton(
  className: string,
  text: string,
  name: string | null,
  onClick: () => void,
): HTMLButtonElement {
  const button = make('button', className, text);
  button.type = 'button';
  if (name !== null) button.setAttribute('aria-label', name);
  button.addEventListener('click', onClick);
  return button;
}

/** Sets the text only where it changes, so that screen readers and layout are left in peace. */
export function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

/** Sets an attribute only where it changes. */
export function setAttribute(element: HTMLElement, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** The text with parts of it marked. */
export function marked(
  text: string,
  marks: readonly (readonly [from: number, to: number])[],
): readonly (Node | string)[] {
  const parts: (Node | string)[] = [];
  let at = 0;
  for (const [from, to] of marks) {
    parts.push(text.slice(at, from), make('mark', '', text.slice(from, to)));
    at = to;
  }
  parts.push(text.slice(at));
  return parts;
}
