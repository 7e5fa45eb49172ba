import type { EventOf, ProviderId } from '../../events.ts';
import type { Response } from '../../state/summary.ts';
import { labelOf, type View } from './view.ts';

export type Filter = {
  text: string;
  /** `undefined`: all providers; `null`: requests that no provider could answer. */
  provider: ProviderId | null | undefined;
  onlyFailovers: boolean;
};

export const everything: Filter = { text: '', provider: undefined, onlyFailovers: false };

export type Row = {
  response: Response;
  /** The attempts that failed before it was answered. */
  failed: EventOf<'attempt-fail'>[];
  /** The first answer of its turn: the others continue it, after a tool's work. */
  opensTurn: boolean;
};

/** All responses as rows, newest first. */
export function rowsOf({ summary }: View): Row[] {
  const failures = new Map<number, EventOf<'attempt-fail'>[]>();
  for (const failure of summary.failures) {
    failures.set(failure.exchange, [...(failures.get(failure.exchange) ?? []), failure]);
  }
  let turn: number | undefined;
  const rows = summary.responses.map((response): Row => {
    const opensTurn = response.thread === 'main' && response.turn !== turn;
    if (opensTurn) turn = response.turn;
    return { response, failed: failures.get(response.exchange) ?? [], opensTurn };
  });
  return rows.reverse();
}

/** Every word must occur in the row's text, in any case. */
export function filterRows(rows: Row[], filter: Filter, view: View): Row[] {
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return rows.filter((row) => {
    const { response } = row;
    if (filter.provider !== undefined && (response.provider ?? null) !== filter.provider) return false;
    if (filter.onlyFailovers && !wasFailover(row)) return false;
    if (words.length === 0) return true;
    const text = searchText(response, labelOf(view, response.provider));
    return words.every((word) => text.includes(word));
  });
}

/** Answered by another provider than the one that was asked first. */
export function wasFailover({ response, failed }: Row): boolean {
  return failed.some(({ action, provider }) => action === 'failover' && provider !== response.provider);
}

function searchText(response: Response, label: string): string {
  const { preview, provider, model, askedModel, requestId, outcome, status, turn, stopReason } = response;
  return [preview, label, provider, model, askedModel, requestId, outcome, status, `turn ${turn}`, stopReason]
    .join(' ')
    .toLowerCase();
}
