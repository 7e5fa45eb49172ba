import { costText, countAnswers, countFailovers, spentOn } from './cost.ts';
import { plural, shortId } from './format.ts';
import type { Summary } from './summary.ts';

/** The line after `claude` has exited; undefined when nothing happened that a user would want to look up. */
export function exitLine(summary: Summary): string | undefined {
  const failovers = countFailovers(summary);
  if (failovers === 0) return undefined;
  const parts = [plural(failovers, 'failover'), whoStoodIn(summary)];
  const spent = spentOn(summary);
  if (spent.usd > 0 || spent.unknown) parts.push(costText(spent));
  parts.push(`ccmux report ${shortId(summary.session)}`);
  return `ccmux: ${parts.filter((part) => part !== '').join(' · ')}`;
}

/** `gemini answered 7 of 31 responses`, `gemini answered 7, openrouter 2 of 31 responses`: of those that were answered. */
function whoStoodIn(summary: Summary): string {
  const first = summary.order[0];
  const others = summary.providers.filter(({ id, answers }) => id !== first && answers > 0);
  if (others.length === 0) return '';
  const each = others.map(({ id, answers }, index) => (index === 0 ? `${id} answered ${answers}` : `${id} ${answers}`));
  return `${each.join(', ')} of ${plural(countAnswers(summary), 'response')}`;
}
