import { pageAssets, pageHtml } from '../page/template.ts';
import type { Summary } from '../state/summary.ts';

/**
 * The report of a session as one HTML file that needs nothing else: the live page, frozen.
 *
 * @param how.generatedAt epoch milliseconds, shown in the report's head.
 * @param how.running its process is alive: a missing end is no crash then.
 */
export async function renderPage(
  summary: Summary,
  { generatedAt = Date.now(), running = false }: { generatedAt?: number; running?: boolean } = {},
): Promise<string> {
  return pageHtml(await pageAssets(), { mode: 'frozen', summary, generatedAt, ...(running && { running }) });
}
