import { estimateText } from '../words/money.ts';
import { plural } from '../words/text.ts';
import { countAnswers, countFailovers, spentOn } from './cost.ts';
import { shortId } from '../ground/short-id.ts';
import type { Summary } from '../state/summary.ts';

/** The line after `claude` has exited; undefined if the report would hold nothing of interest. */
export function exitLine(summary: Summary): string | undefined {
  const failovers = countFailovers(summary);
  if (failovers === 0) return undefined;
  const parts = [plural(failovers, 'failover'), whoStoodIn(summary)];
  const spent = spentOn(summary);
  if (spent.usd > 0 || spent.unknown) parts.push(estimateText(spent));
  parts.push(`ccmux report ${shortId(summary.session)}`);
  return `ccmux: ${parts.filter((part) => part !== '').join(' · ')}`;
}

/** `Gemini answered 7 of 31 requests`, `Gemini answered 7, OpenRouter 2 of 31 requests`: of those that were answered. */
function whoStoodIn(summary: Summary): string {
  const first = summary.order[0];
  const others = summary.providers.filter(({ id, answers }) => id !== first && answers > 0);
  if (others.length === 0) return '';
  const each = others.map(({ label, answers }, index) =>
    index === 0 ? `${label} answered ${answers}` : `${label} ${answers}`,
  );
  return `${each.join(', ')} of ${plural(countAnswers(summary), 'request')}`;
}
