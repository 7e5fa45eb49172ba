import type { EventOf } from '../../events.ts';
import { standingOf, type Standing } from '../../words/standing.ts';
import { switchParts } from '../../words/switch.ts';
import { list, plural, sentence } from '../../words/text.ts';
import { labelOf, type View } from './view.ts';

/** The top of the page: who answers, why, and what comes next; afterwards, who wrote what. */
export function headline(view: View, now: number): Standing {
  const { live, summary } = view;
  if (live === undefined || summary.endedAt !== undefined) return reportHeadline(view);
  return standingOf(live, (id) => labelOf(view, id), now);
}

function reportHeadline({ providers, summary }: View): Standing {
  const all = providers.reduce((sum, { answers }) => sum + answers, 0);
  if (all === 0) return { title: 'No answers', why: 'No request was answered in this session.' };
  const failovers = summary.switches.filter(({ cause }) => cause === 'failover').length;
  const after = failovers === 0 ? 'without a failover' : `after ${plural(failovers, 'failover')}`;
  const [first, ...others] = providers.filter(({ answers }) => answers > 0);
  if (first === undefined || others.length === 0) {
    return { title: `${first?.label} gave every answer`, why: sentence(`${plural(all, 'answer')}, ${after}.`) };
  }
  const shares = others.map(({ label, answers }, index) => `${label} ${index === 0 ? 'gave ' : ''}${answers}`);
  return { title: `${first.label} gave ${first.answers} of ${all} answers`, why: `${list(shares)}, ${after}.` };
}

/** One switch, explained: what it was, and the facts that belong to it. */
export function explainSwitch(view: View, event: EventOf<'provider-switch'>): { title: string; facts: string[] } {
  const label = (id: string) => labelOf(view, id);
  return { title: `${label(event.from)} → ${label(event.to)}`, facts: switchParts(event, label, event.at) };
}
