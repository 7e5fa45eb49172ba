type Token = { any: 'folders' | 'all' | 'name' } | { one: true } | { char: string };

const WILDCARDS: Readonly<Record<string, Token>> = {
  '**/': { any: 'folders' },
  '**': { any: 'all' },
  '*': { any: 'name' },
  '?': { one: true },
};

/**
 * Whether a path is one that a glob speaks of, as gitignore's readers know it: `**` any folders, `*` and `?` within one
 * name; in any case, because macOS and Windows open `payments` by `Payments` too, and with the separators of Windows. It speaks of the whole path, or of a folder that holds it; of a folder that it is all about as well: who searches
 * `payments` has seen `payments/**`. No regular expression: a glob comes from a project's
 * file as well, and some would take years.
 */
export function globMatches(glob: string, path: string): boolean {
  const tokens = tokensOf(glob);
  // Each number is how many tokens are done, plus a half inside of a `**/` that has begun.
  let states = reached(new Set([0]), tokens);
  for (const char of `${inOneCase(path)}/`) {
    // What the glob names is a folder of this path.
    if (char === '/' && states.has(tokens.length)) return true;
    const next = new Set<number>();
    for (const state of states) for (const then of after(state, char, tokens)) next.add(then);
    if (next.size === 0) return false;
    states = reached(next, tokens);
  }
  return states.has(tokens.length);
}

function tokensOf(glob: string): Token[] {
  return inOneCase(glob)
    .replaceAll('\\', '/')
    .replace(/^\.\//, '')
    .replace(/\/+$/, '')
    .split(/(\*\*\/|\*\*|\*|\?)/)
    .flatMap((part): Token[] => {
      const known = WILDCARDS[part];
      return known ? [known] : [...part].map((char) => ({ char }));
    });
}

/** macOS takes names apart, `é` into two characters. */
function inOneCase(text: string): string {
  return text.normalize().toLowerCase();
}

/** A wildcard may stand for nothing. */
function reached(states: Set<number>, tokens: readonly Token[]): Set<number> {
  for (const state of states) {
    const token = tokens[state];
    if (token !== undefined && 'any' in token) states.add(state + 1);
  }
  return states;
}

/** Where a character leads from a state. */
function after(state: number, char: string, tokens: readonly Token[]): number[] {
  const token = tokens[Math.floor(state)];
  if (token === undefined) return [];
  if ('char' in token) return token.char === char ? [state + 1] : [];
  if ('one' in token) return char === '/' ? [] : [state + 1];
  switch (token.any) {
    case 'name':
      return char === '/' ? [] : [state];
    case 'all':
      return [state];
    case 'folders': {
      const inside = Math.floor(state) + 0.5;
      return char === '/' ? [inside, inside + 0.5] : [inside];
    }
  }
}
