import type { ProviderId, TranslationWarning, Usage } from '../../events.ts';
import type { LiveState, ProviderState } from '../../state/live.ts';
import type { ProviderTotals, Response, Summary } from '../../state/summary.ts';
import type { PageData } from '../data.ts';
import { assignLooks, type Look } from './looks.ts';

/** One provider as its card shows it, whether the session runs or is over. */
export type ProviderView = Omit<ProviderTotals, 'kind' | 'cooldown' | 'windows'> &
  Pick<ProviderState, 'windows' | 'state' | 'reason' | 'until' | 'cooldownFamily' | 'keys' | 'routed' | 'tested'> & {
    look: Look;
    /** Names of the models that answer, without repeats. */
    models: string[];
  };

/** What the page draws. `live` is absent in a report. */
export type View = {
  live?: LiveState;
  generatedAt?: number;
  /** Of a report: the session's process was alive when it was made. */
  running?: true;
  summary: Summary;
  providers: ProviderView[];
  /** Every provider that the session knew, by id. */
  byId: Map<ProviderId, ProviderView>;
};

const noUsage: Usage = { inputTokens: 0, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };

/** Everything that the page draws, computed once for each change. */
export function viewOf(data: PageData): View {
  const summary = data.mode === 'live' ? data.state.summary : data.summary;
  const live = data.mode === 'live' ? data.state : undefined;
  const known = live?.providers ?? [];
  const totals = new Map(summary.providers.map((row) => [row.id, row]));
  const ids = new Set([...summary.order, ...known.map(({ id }) => id), ...totals.keys()]);
  const labelled = [...ids].map((id) => ({
    id,
    label: known.find((state) => state.id === id)?.label ?? totals.get(id)?.label ?? id,
  }));
  const looks = assignLooks(labelled);
  const models = modelsUsed(summary);
  const providers = labelled.map(({ id, label }) => {
    const state = known.find((row) => row.id === id);
    return providerView(id, label, looks.get(id)!, state, totals.get(id), models.get(id) ?? []);
  });
  return {
    ...(live === undefined ? {} : { live }),
    ...(data.mode === 'frozen'
      ? { generatedAt: data.generatedAt, ...(data.running && { running: data.running }) }
      : {}),
    summary,
    providers,
    byId: new Map(providers.map((provider) => [provider.id, provider])),
  };
}

function providerView(
  id: ProviderId,
  label: string,
  look: Look,
  state: ProviderState | undefined,
  totals: ProviderTotals | undefined,
  modelsUsed: string[],
): ProviderView {
  // Claude itself has none set: it answers with the model that Claude Code asks for.
  const configured = [...new Set(Object.values(state?.models ?? {}))];
  const reason = state?.reason ?? totals?.cooldown?.reason;
  const until = state === undefined ? totals?.cooldown?.until : state.until;
  const cooldownFamily = state === undefined ? totals?.cooldown?.family : state.cooldownFamily;
  const usualMs = state?.usualMs ?? totals?.usualMs;
  return {
    id,
    label,
    look,
    paid: state?.paid ?? totals?.paid ?? false,
    state: state?.state ?? (totals?.cooldown === undefined ? 'ready' : 'cooldown'),
    models: configured.length === 0 ? modelsUsed : configured,
    windows: state?.windows ?? totals?.windows ?? [],
    answers: totals?.answers ?? 0,
    failures: totals?.failures ?? 0,
    usage: totals?.usage ?? noUsage,
    usd: state === undefined ? (totals?.usd ?? null) : state.spentUsd,
    ...(reason === undefined ? {} : { reason }),
    ...(until === undefined ? {} : { until }),
    ...(cooldownFamily === undefined ? {} : { cooldownFamily }),
    ...(state?.keys && { keys: state.keys }),
    ...(state?.tested && { tested: state.tested }),
    ...(state?.routed && { routed: state.routed }),
    ...(totals?.medianMs === undefined ? {} : { medianMs: totals.medianMs }),
    ...(usualMs === undefined ? {} : { usualMs }),
  };
}

function modelsUsed(summary: Summary): Map<ProviderId, string[]> {
  const models = new Map<ProviderId, string[]>();
  for (const { provider, model } of summary.responses) {
    if (provider === undefined || model === undefined) continue;
    const names = models.get(provider) ?? [];
    if (!names.includes(model)) models.set(provider, [...names, model]);
  }
  return models;
}

/** What one answer lost, in words; an answer kept by an older ccmux has a count only. */
export function lossesOf({ summary }: View, { losses = [] }: Response): TranslationWarning[] {
  return losses.flatMap((loss) => (typeof loss === 'number' ? (summary.warnings[loss] ?? []) : loss));
}

/** The provider's name, also of an unlisted one. */
export function labelOf(view: View, id: ProviderId | undefined): string {
  return id === undefined ? 'nobody' : (view.byId.get(id)?.label ?? id);
}
