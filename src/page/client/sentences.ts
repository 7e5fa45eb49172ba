import type { EventOf } from '../../events.ts';
import { servingWhySentence } from '../../words/ready.ts';
import { reasonText } from '../../words/why.ts';
import { clock, countdown, duration, plural, sentence } from './format.ts';
import { labelOf, type View } from './view.ts';

/** The top of the page: who answers, why, and what comes next. */
export type Headline = { title: string; why: string; next?: string };

/** Who answers the next request and why: the three questions of a person who looks up from the terminal. */
export function headline(view: View, now: number): Headline {
  const { live, summary } = view;
  if (live === undefined || summary.endedAt !== undefined) return reportHeadline(view);
  const serving = labelOf(view, live.serving);
  const preferred = live.steer?.provider ?? summary.order[0];
  const title = `${serving} answers now`;
  if (live.nobody) {
    const why = live.servingWhy === undefined ? [] : [servingWhySentence(live.servingWhy, (id) => labelOf(view, id))];
    const next = comesBack(view, summary.order[0] ?? live.serving, now);
    return {
      title: 'Nobody is ready',
      why: [...why, `${serving} is asked all the same.`].join(' '),
      ...(next === undefined ? {} : { next }),
    };
  }
  if (preferred === undefined || preferred === live.serving) {
    if (live.steer !== null) {
      return {
        title,
        why: live.steer.only
          ? `You chose ${serving} and nobody else: if it fails, the error is yours to see.`
          : `You chose ${serving}. If it fails, the next in your order answers.`,
      };
    }
    const spare = view.providers.find(({ id, state }) => id !== live.serving && state === 'ready');
    return {
      title,
      why: 'It is the first in your order.',
      next:
        spare === undefined
          ? 'Nobody else is ready, should it fail.'
          : `Should it be limited, overloaded or down, ${spare.label} takes over.`,
    };
  }
  const why =
    live.servingWhy === undefined
      ? `${labelOf(view, preferred)} cannot answer.`
      : servingWhySentence(live.servingWhy, (id) => labelOf(view, id));
  const next = comesBack(view, preferred, now);
  return { title, why, ...(next === undefined ? {} : { next }) };
}

function comesBack(view: View, preferred: string, now: number): string | undefined {
  const label = labelOf(view, preferred);
  const { until: backAt, restFamily } = view.byId.get(preferred) ?? {};
  const switchBack = view.live?.switchBack;
  // When nothing is waited for, the session's own reason says what comes next.
  if (backAt === undefined || backAt <= now) return undefined;
  const whose = restFamily === undefined ? '' : ` for ${sentence(restFamily)}`;
  const when = `${clock(backAt, now)}, in ${countdown(backAt - now)}`;
  if (switchBack === 'manual') return `${label} is back${whose} at ${when}, and answers again when you choose it.`;
  return `${label} is back${whose} at ${when}, and takes over with ${switchBack === 'turn' ? 'your first turn' : 'the first request'} after that.`;
}

/** Afterwards the question is who wrote what. */
function reportHeadline({ providers, summary }: View): Headline {
  const all = providers.reduce((sum, { answers }) => sum + answers, 0);
  if (all === 0) return { title: 'No answers', why: 'No request was answered in this session.' };
  const failovers = summary.switches.filter(({ cause }) => cause === 'failover').length;
  const after = failovers === 0 ? 'without a failover' : `after ${plural(failovers, 'failover')}`;
  const [first, ...others] = providers.filter(({ answers }) => answers > 0);
  if (first === undefined || others.length === 0) {
    return { title: `${first?.label} gave every answer`, why: sentence(`${plural(all, 'answer')}, ${after}.`) };
  }
  const shares = others.map(({ label, answers }, index) => `${label} ${index === 0 ? 'gave ' : ''}${answers}`);
  return {
    title: `${first.label} gave ${first.answers} of ${all} answers`,
    why: `${list(shares)}, ${after}.`,
  };
}

function list(items: string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`;
}

/** One switch, explained: what it was, and the facts that belong to it. */
export function explainSwitch(view: View, event: EventOf<'provider-switch'>): { title: string; facts: string[] } {
  const from = labelOf(view, event.from);
  const to = labelOf(view, event.to);
  const served = `${to} took ${duration(event.ms)}`;
  const took = event.usualMs === undefined ? served : `${served}, ${from}’s usual is ${duration(event.usualMs)}`;
  switch (event.cause) {
    case 'failover': {
      const facts = [`${from}: ${event.reason === undefined ? 'could not answer' : reasonText(event.reason)}`, took];
      if (event.backAt !== undefined) facts.push(`${from} back at ${clock(event.backAt, event.at)}`);
      return { title: `${from} → ${to}`, facts };
    }
    case 'back':
      return { title: `${from} → ${to}`, facts: [`${to} was ready again`, `it took ${duration(event.ms)}`] };
    case 'steer':
      return { title: `${from} → ${to}`, facts: [`you chose ${to}`, `it took ${duration(event.ms)}`] };
  }
}
