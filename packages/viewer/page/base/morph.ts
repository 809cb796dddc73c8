/**
 * Makes an element look like another one that was built for the same purpose, touching only what differs: what is selected,
 * scrolled or focused stays so.
 */
export function morph(element: Element, target: Element): void {
  if (element.tagName !== target.tagName || element.childNodes.length !== target.childNodes.length) {
    element.replaceWith(target);
    return;
  }
  for (const { name, value } of target.attributes) {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }
  for (const { name } of [...element.attributes]) if (!target.hasAttribute(name)) element.removeAttribute(name);
  const children = [...target.childNodes];
  [...element.childNodes].forEach((child, i) => {
    const wanted = children[i]!;
    if (child.nodeType === Node.ELEMENT_NODE && wanted.nodeType === Node.ELEMENT_NODE) {
      morph(child as Element, wanted as Element);
    } else if (child.nodeType !== wanted.nodeType) child.replaceWith(wanted);
    else if (child.nodeValue !== wanted.nodeValue) child.nodeValue = wanted.nodeValue;
  });
}
