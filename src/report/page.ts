import { pageAssets, pageHtml } from '../page/template.ts';
import type { Summary } from './summary.ts';

/**
 * The report of a session as one HTML file that needs nothing else: the live page, frozen.
 *
 * @param generatedAt epoch milliseconds, shown in the report's head.
 */
export async function renderPage(summary: Summary, generatedAt: number = Date.now()): Promise<string> {
  return pageHtml(await pageAssets(), { mode: 'frozen', summary, generatedAt });
}
