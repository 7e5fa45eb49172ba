import type { ProviderId } from '../events.ts';
import { clockFrom, took, unbroken } from './format.ts';
import type { Palette } from './palette.ts';
import { couldNot, reasonText } from '../words/why.ts';
import type { Response, Summary } from './summary.ts';

/** One thing worth telling, in full sentences; a no-break space keeps together what belongs together. */
export type Happening = { at: number; text: string };

type Label = (provider: ProviderId) => string;

/**
 * Each change of hands, and each request that was not answered as it should have been, in the order of time.
 * @param now the reader's clock, epoch milliseconds: decides whether a provider is back or will be.
 */
export function happenings(summary: Summary, label: Label, palette: Palette, now: number): Happening[] {
  const responses = new Map(summary.responses.map((response) => [response.exchange, response]));
  const switches = summary.switches.map((change) => {
    const { at, exchange, from, to, cause, reason, ms, usualMs, backAt } = change;
    const response = responses.get(exchange);
    const usual = usualMs === undefined ? '' : ` (${label(from)} usually takes ${unbroken(took(usualMs))})`;
    const served = `served${response === undefined ? '' : ` turn ${response.turn}`} in ${unbroken(took(ms))}${usual}.`;
    if (cause !== 'failover') {
      return { at, text: `${cause === 'steer' ? 'You chose' : 'Back to'} ${label(to)}: it ${served}` };
    }
    const others = obstacles(summary, exchange, response, [from, to]).map(({ provider, why, asked }) =>
      asked ? ` ${label(provider)} could not either: ${why}.` : ` ${label(provider)} was not asked: ${why}.`,
    );
    const due = backAt !== undefined && backAt > now ? 'is back' : 'was due back';
    const back = backAt === undefined ? '' : ` ${label(from)} ${due} at ${palette.bold(clockFrom(now, backAt))}.`;
    return { at, text: `${label(from)} ${couldNot(reason)}.${others.join('')} ${label(to)} ${served}${back}` };
  });
  return [...switches, ...unanswered(summary, label, palette)].toSorted((a, b) => a.at - b.at);
}

/** Requests that nobody answered, that broke off, or whose error was the client's own: that one once for a run of them. */
function unanswered(summary: Summary, label: Label, palette: Palette): Happening[] {
  const told: Happening[] = [];
  let run: { response: Response; count: number; happening: Happening } | undefined;
  for (const response of summary.responses) {
    const { at, exchange, turn, outcome, provider, status } = response;
    if (outcome === 'relayed') {
      const same = run?.response.provider === provider && run?.response.status === status;
      if (run === undefined || !same) {
        run = { response, count: 0, happening: { at, text: '' } };
        told.push(run.happening);
      }
      run.count += 1;
      const who = provider === undefined ? 'The provider' : label(provider);
      const error = status === undefined ? 'an error' : String(status);
      const first = run.response.turn;
      const turns = first === turn ? `turn ${turn}` : `turns ${first} to ${turn}`;
      const times = run.count === turn - first + 1 ? '' : `, ${run.count} times`;
      run.happening.text = `${who} answered ${turns} with ${palette.yellow(error)}${times}: the client's own error went back to it.`;
      continue;
    }
    run = undefined;
    if (outcome === 'failed') {
      const each = obstacles(summary, exchange, response).map(({ provider: who, why }) => `${label(who)}: ${why}.`);
      const text = each.length === 0 ? 'No provider was ready.' : each.join(' ');
      told.push({ at, text: `${palette.red('Nobody')} could answer turn ${turn}. ${text}` });
    } else if (outcome === 'cut') {
      const who = provider === undefined ? 'The answer' : `${label(provider)}'s answer`;
      told.push({ at, text: `${who} to turn ${turn} ${palette.red('broke off')}; Claude Code asked again.` });
    }
  }
  return told;
}

/** What stood in each provider's way: equal attempts told once, those that were not asked last. */
function obstacles(
  summary: Summary,
  exchange: number,
  response: Response | undefined,
  except: ProviderId[] = [],
): { provider: ProviderId; why: string; asked: boolean }[] {
  const tried = new Map<string, { provider: ProviderId; text: string; count: number }>();
  for (const { exchange: failedIn, provider, reason } of summary.failures) {
    if (failedIn !== exchange || except.includes(provider)) continue;
    const text = reasonText(reason);
    const key = `${provider} ${text}`;
    const known = tried.get(key);
    if (known === undefined) tried.set(key, { provider, text, count: 1 });
    else known.count += 1;
  }
  const skipped = (response?.skipped ?? []).filter(({ provider }) => !except.includes(provider));
  return [
    ...[...tried.values()].map(({ provider, text, count }) => {
      const times = count === 1 ? '' : count === 2 ? ', twice' : `, ${count} times`;
      return { provider, why: text + times, asked: true };
    }),
    ...skipped.map(({ provider, detail }) => ({ provider, why: reasonText(detail), asked: false })),
  ];
}
