/** A token of JSON after white space: a mark, a text, or another scalar. */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.]))/y;
const SPACE = /[ \t\n\r]*/y;

/** What may come next; `first`: or the end of the list or object that was just opened. */
type Next = 'value' | 'first value' | 'key' | 'first key' | 'colon' | 'more' | 'end' | 'nothing';

/**
 * Where a text stops being JSON: the offset of the first token that cannot stand where it does, and the length of a text that
 * ends too soon. For a text that JSON.parse has refused.
 */
export function jsonErrorAt(text: string): number {
  const open: string[] = [];
  let next: Next = 'value';
  for (let at = 0; ; at = TOKEN.lastIndex) {
    SPACE.lastIndex = at;
    SPACE.test(text);
    const start = SPACE.lastIndex;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text);
    if (token === null) return start;
    next = after(next, token[1] ?? (token[2] === undefined ? 'scalar' : 'text'), open);
    if (next === 'nothing') return start;
  }
}

/** What may come after a token, `nothing` when the token itself may not come. `open` holds the marks that are open. */
function after(next: Next, token: string, open: string[]): Next {
  switch (next) {
    case 'value':
    case 'first value':
      if (token === ']' && next === 'first value') return close(token, open);
      if (token === '{' || token === '[') {
        open.push(token);
        return token === '{' ? 'first key' : 'first value';
      }
      if (token !== 'text' && token !== 'scalar') return 'nothing';
      return open.length === 0 ? 'end' : 'more';
    case 'key':
    case 'first key':
      if (token === '}' && next === 'first key') return close(token, open);
      return token === 'text' ? 'colon' : 'nothing';
    case 'colon':
      return token === ':' ? 'value' : 'nothing';
    case 'more':
      if (token === ',') return open.at(-1) === '{' ? 'key' : 'value';
      return close(token, open);
    case 'end':
    case 'nothing':
      return 'nothing';
  }
}

function close(token: string, open: string[]): Next {
  if (token !== (open.at(-1) === '{' ? '}' : ']')) return 'nothing';
  open.pop();
  return open.length === 0 ? 'end' : 'more';
}
