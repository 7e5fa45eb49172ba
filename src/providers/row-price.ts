import type { Price } from '../ground/price.ts';
import type { CatalogRow } from './catalog-row.ts';

/** The row's price of a model, if the row names the model and its price is known. */
export function rowPrice(row: CatalogRow | undefined, model: string): Price | undefined {
  const models: Record<string, Price | { unknown: string }> = row?.prices?.models ?? {};
  // `[1m]` is Claude Code's mark for the long context; hosts add the date of a model to its name.
  const plain = model.replace(/\[[^\]]*\]$/, '').replace(/-(?:20\d{6}|20\d\d-\d\d-\d\d)$/, '');
  const name = [model, plain].find((one) => Object.hasOwn(models, one));
  const price = name === undefined ? undefined : models[name];
  return price === undefined || 'unknown' in price ? undefined : price;
}
