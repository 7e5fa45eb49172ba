/** A page that a search found. */
export type Found = { title: string; url: string };

/** A host that names more is at fault; each page stays in the conversation, which every later request sends again. */
const MOST_PAGES = 100;

/** What searches found, in the order of the answer: each page of the web once, the first hundred of them. */
export function createFoundPages(): { add(url: unknown, title?: unknown): void; all(): Found[] } {
  const pages = new Map<string, Found>();
  return {
    add(given, title) {
      const url = webAddress(given);
      if (url === undefined) return;
      const name = pageName(title);
      const known = pages.get(url);
      if (known?.title === '') known.title = name;
      if (known === undefined && pages.size < MOST_PAGES) pages.set(url, { url, title: name });
    },
    all: () => [...pages.values()].map(({ url, title }) => ({ url, title: title || (URL.parse(url)?.host ?? url) })),
  };
}

/** A page may call itself anything, and its name is shown in a terminal. Empty: it has none. */
export function pageName(title: unknown): string {
  return typeof title === 'string' ? title.replace(/[\s\p{Cc}]+/gu, ' ').trim() : '';
}

const OPENAIS_MARK = 'utm_source=openai';

/** An address of the web as a host names it, without the mark that OpenAI adds to those that it cites; undefined: none. */
export function webAddress(value: unknown): string | undefined {
  const url = typeof value === 'string' ? URL.parse(value) : null;
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  // `searchParams` would write the others in its own way, and a page that is found and cited would be two.
  const fields = url.search.slice(1).split('&');
  if (fields.includes(OPENAIS_MARK)) url.search = fields.filter((field) => field !== OPENAIS_MARK).join('&');
  return url.href;
}
