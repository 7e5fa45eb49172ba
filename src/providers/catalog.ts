import { CLOUDS } from './catalog-clouds.ts';
import { ADAPTED } from './catalog-adapted.ts';
import { LOCAL } from './catalog-local.ts';
import { RESELLERS } from './catalog-resellers.ts';
import { TRANSLATED } from './catalog-translated.ts';
import type { CatalogRow } from './catalog-row.ts';

const { claude, ...otherAdapted } = ADAPTED;
const { openrouter, ...otherResellers } = RESELLERS;
const { gemini, openai, ...otherTranslated } = TRANSLATED;

/**
 * Every provider that ccmux knows by name. Its order is the order in which keys found in the environment are used when
 * the user names none: Claude, the three that most people have a key for, then adapted hosts before translated ones,
 * because less is lost there.
 */
export const CATALOG = {
  claude,
  gemini,
  openai,
  openrouter,
  ...otherAdapted,
  ...LOCAL,
  ...otherResellers,
  ...otherTranslated,
  ...CLOUDS,
} satisfies Record<string, CatalogRow>;

type CatalogId = keyof typeof CATALOG;

/** @returns the row of that id, or undefined for a provider of the user's own. */
export function catalogRow(id: string): CatalogRow | undefined {
  return Object.hasOwn(CATALOG, id) ? CATALOG[id as CatalogId] : undefined;
}

/** All rows, in the order in which keys found in the environment are used. */
export function catalogRows(): CatalogRow[] {
  return Object.values(CATALOG);
}
