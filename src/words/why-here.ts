import type { ProviderId } from '../events.ts';
import type { Response, Summary } from '../state/summary.ts';
import { FITNESS, moveText, tagParts } from './handoff.ts';
import type { Label } from './label.ts';
import { obstaclePart, type Obstacle } from './switch.ts';
import { reasonText } from './why.ts';

type Session = Pick<Summary, 'order' | 'responses' | 'failures' | 'switches'>;

/**
 * Why a request went where it went, in parts: by which rule, who could not answer it, what the user chose, since when; and
 * how far its answer can be trusted. `Claude was not asked: 429 (5-hour limit)`, `long chain: check this one`
 */
export function whyHere(response: Response, session: Session, label: Label): string[] {
  const { moved, held, tag, fitness } = response;
  const tried = triedBefore(response, session).map((one) => obstaclePart(one, label));
  const why = [...(moved ? [moveText(moved)] : []), ...tried];
  return [
    ...(why.length > 0 ? why : [sinceWhen(response, session, label)]),
    ...(held === undefined ? [] : [`held for Claude by your rule: ${held}`]),
    ...(tag ? tagParts(tag).slice(0, 1) : []),
    ...(fitness === undefined ? [] : [FITNESS[fitness]]),
  ];
}

/** Who could not answer it, or was passed over on the way to the one that did: equal tries once. */
function triedBefore({ exchange, provider, skipped = [] }: Response, { order, failures }: Session): Obstacle[] {
  const tries = new Map<string, Obstacle & { times: number }>();
  for (const failure of failures.filter((one) => one.exchange === exchange)) {
    const { provider: who, key, reason } = failure;
    const same = `${who} ${key} ${reasonText(reason)}`;
    const times = (tries.get(same)?.times ?? 0) + 1;
    tries.set(same, { provider: who, key, reason, asked: true, times });
  }
  const place = (id: ProviderId) => order.indexOf(id);
  const passedOver = skipped.filter((one) => provider === undefined || place(one.provider) < place(provider));
  return [
    ...tries.values(),
    ...passedOver.map((one) => ({ provider: one.provider, reason: one.detail, asked: false })),
  ];
}

/** Nothing happened to this request: the session was where it is already. */
function sinceWhen({ exchange, provider }: Response, { order, responses, switches }: Session, label: Label): string {
  const last = switches.findLast((change) => change.exchange <= exchange);
  if (last === undefined || last.to !== provider || provider === order[0]) {
    return last?.cause === 'steer' && last.to === provider ? `you chose ${label(provider)}` : 'as your order says';
  }
  if (last.cause === 'steer') return `you chose ${label(provider)}`;
  const begin = responses.find((one) => one.exchange === last.exchange);
  const since = begin === undefined ? '' : `since message ${begin.turn}: `;
  const why = last.reason === undefined ? 'could not answer' : reasonText(last.reason);
  return last.cause === 'failover' ? `${since}${label(last.from)}: ${why}` : 'as your order says';
}
