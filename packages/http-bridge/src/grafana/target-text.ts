/**
 * The names a target's text may mean. Grafana puts a template variable's value into the text as a regular expression:
 * its special characters escaped, several values as `(a|b)`. Texts that were typed or picked arrive as they are, so the
 * caller tries the literal text first and these names after it.
 * @param most longest list to make; a text that means more gives undefined.
 */
export function expandTarget(text: string, most: number): string[] | undefined {
  let names = [''];
  const append = (endings: readonly string[]) => {
    names = names.flatMap((name) => endings.map((ending) => name + ending));
  };
  let at = 0;
  while (at < text.length) {
    if (text[at] === '(') {
      const group = readGroup(text, at);
      if (group) {
        if (names.length * group.alternatives.length > most) return undefined;
        append(group.alternatives);
        at = group.end;
        continue;
      }
    }
    const { literal, end } = readLiteral(text, at);
    append([literal]);
    at = end;
  }
  return [...new Set(names)];
}

/** Characters up to the next group; at least one. */
function readLiteral(text: string, from: number): { literal: string; end: number } {
  let literal = '';
  let at = from;
  do {
    const escaped = isEscape(text, at);
    literal += escaped ? text[at + 1] : text[at];
    at += escaped ? 2 : 1;
  } while (at < text.length && text[at] !== '(');
  return { literal, end: at };
}

/** `(a|b)` from an opening parenthesis; null where it isn't one: no bar, never closed, or a group inside. */
function readGroup(text: string, from: number): { alternatives: string[]; end: number } | null {
  const alternatives: string[] = [];
  let current = '';
  for (let at = from + 1; at < text.length; at++) {
    const c = text[at]!;
    if (isEscape(text, at)) current += text[++at];
    else if (c === '|') {
      alternatives.push(current);
      current = '';
    } else if (c === ')') {
      alternatives.push(current);
      return alternatives.length > 1 ? { alternatives, end: at + 1 } : null;
    } else if (c === '(') return null;
    else current += c;
  }
  return null;
}

const escapable = '\\^$*+?.()|[]{}/';

function isEscape(text: string, at: number): boolean {
  return text[at] === '\\' && at + 1 < text.length && escapable.includes(text[at + 1]!);
}
