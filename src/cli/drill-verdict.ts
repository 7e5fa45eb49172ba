import type { Summary } from '../state/summary.ts';
import { reasonText } from '../words/why.ts';
import { holdsWords, IS_RIGHT, type StepName } from './drill-steps.ts';

export type StepResult = {
  /**
   * `held`: as it should be. `lost`: the provider takes no such thing, and the report says so. `weak`: it answered, but
   * not rightly. `failed`: it did not answer, or somebody else did. `skipped`: not reached.
   */
  mark: 'held' | 'lost' | 'weak' | 'failed' | 'skipped';
  /** Why, where it did not hold. */
  detail?: string;
  /** Of the answers of this step; milliseconds. */
  ms?: number;
};

export type Drilled = {
  id: string;
  label: string;
  /** Of the answers, in their order. */
  model?: string;
  /** `over`: with more than one provider, whether it goes on where the one before it has met a limit. */
  steps: Record<StepName, StepResult> & { over?: StepResult };
  /** US dollars by the answers' own usage; `null`: an unknown price. */
  usd: number | null;
  /** What translation dropped or changed, each once. */
  losses: string[];
};

/** What the client showed for a message. */
export type Said = { text: string; isError: boolean };

/**
 * What became of each step.
 * @param said in the steps' order; those that were not reached are missing.
 * @param rejected the simulated Claude's words for what it found malformed on the way back.
 */
export function verdict(
  { id, label, images, pdfs }: { id: string; label: string; images: boolean; pdfs: boolean },
  said: readonly Said[],
  summary: Summary | undefined,
  rejected: readonly string[],
): Drilled {
  const totals = summary?.providers.find((one) => one.id === id);
  const model = summary?.responses.find(({ provider }) => provider === id)?.model;
  const asked = (name: Exclude<StepName, 'back'>, turn: number): StepResult =>
    fallbackStep({
      name,
      turn,
      id,
      said: said[turn - 1],
      summary,
      takes: { loop: true, image: images, pdf: pdfs }[name],
    });
  return {
    id,
    label,
    ...(model !== undefined && { model }),
    steps: {
      loop: asked('loop', 1),
      image: asked('image', 2),
      pdf: asked('pdf', 3),
      back: backStep(said[3], summary, rejected),
    },
    usd: totals === undefined ? 0 : totals.usd,
    losses: lossesOf(summary, id),
  };
}

function lossesOf(summary: Summary | undefined, id: string): string[] {
  const losses = (summary?.warnings ?? []).filter(({ provider }) => provider === id);
  return [...new Set(losses.map(({ detail, what }) => detail ?? what))];
}

/** What became of each provider in the chain, by its id. */
export type TakeOvers = Record<string, Pick<Drilled, 'usd' | 'losses'> & { over: StepResult }>;

/** @param said the client's one answer, by whoever came last. */
export function takeOvers(order: readonly { id: string }[], said: Said, summary: Summary | undefined): TakeOvers {
  const rows = summary?.responses.filter((row) => row.thread === 'main' && row.outcome === 'answered') ?? [];
  const last = rows.at(-1)?.provider;
  const overOf = (id: string): StepResult => {
    const own = rows.filter(({ provider }) => provider === id);
    const failure = summary && failureIn(summary, 1, id);
    if (own.length === 0 && failure !== undefined) return { mark: 'failed', detail: failure };
    if (own.length === 0) return { mark: 'skipped', ...(last !== undefined && { detail: 'the work was done before' }) };
    const ms = own.reduce((sum, { totalMs }) => sum + totalMs, 0);
    if (id !== last) return { mark: 'held', ms };
    if (said.isError) return { mark: 'failed', detail: said.text };
    if (!holdsWords(said.text, order.length + 1))
      return { mark: 'weak', detail: `it answered: ${said.text.slice(0, 80)}`, ms };
    return { mark: 'held', ms };
  };
  return Object.fromEntries(
    order.map(({ id }) => {
      const totals = summary?.providers.find((one) => one.id === id);
      return [id, { over: overOf(id), usd: totals === undefined ? 0 : totals.usd, losses: lossesOf(summary, id) }];
    }),
  );
}

/** The two together. An unknown price stays unknown. */
export function withTakeOver(drilled: Drilled, took: TakeOvers[string] | undefined): Drilled {
  if (took === undefined) return drilled;
  return {
    ...drilled,
    steps: { ...drilled.steps, over: took.over },
    usd: drilled.usd === null || took.usd === null ? null : drilled.usd + took.usd,
    losses: [...new Set([...drilled.losses, ...took.losses])],
  };
}

function fallbackStep({
  name,
  turn,
  id,
  said,
  summary,
  takes,
}: {
  name: Exclude<StepName, 'back'>;
  turn: number;
  id: string;
  said: Said | undefined;
  summary: Summary | undefined;
  takes: boolean;
}): StepResult {
  if (said === undefined || summary === undefined) return { mark: 'skipped' };
  const rows = summary.responses.filter((row) => row.turn === turn && row.thread === 'main');
  const answered = rows.filter(({ provider, outcome }) => provider === id && outcome === 'answered');
  if (said.isError || answered.length === 0)
    return { mark: 'failed', detail: failureIn(summary, turn, id) ?? said.text };
  const ms = answered.reduce((sum, { totalMs }) => sum + totalMs, 0);
  if (!takes)
    return {
      mark: 'lost',
      detail: `it takes no ${name === 'pdf' ? 'PDFs' : 'images'}: a note stands in its place`,
      ms,
    };
  // Claude read the first file; the second is read in the fallback's first answer.
  if (name === 'loop' && answered.length < 2) return { mark: 'weak', detail: 'it called no tool', ms };
  if (!IS_RIGHT[name](said.text)) return { mark: 'weak', detail: `it answered: ${said.text.slice(0, 80)}`, ms };
  return { mark: 'held', ms };
}

/** Why the provider did not answer in this message, in words. */
function failureIn(summary: Summary, turn: number, id: string): string | undefined {
  const exchanges = new Set(summary.responses.filter((row) => row.turn === turn).map(({ exchange }) => exchange));
  const failed = summary.failures.findLast(({ provider, exchange }) => provider === id && exchanges.has(exchange));
  if (failed) return reasonText(failed.reason);
  const skips = summary.responses.filter((row) => row.turn === turn).flatMap(({ skipped = [] }) => skipped);
  const skip = skips.findLast(({ provider }) => provider === id);
  return skip && reasonText(skip.detail);
}

function backStep(said: Said | undefined, summary: Summary | undefined, rejected: readonly string[]): StepResult {
  if (said === undefined || summary === undefined) return { mark: 'skipped' };
  if (rejected.length > 0) return { mark: 'failed', detail: `Claude would refuse the transcript: ${rejected[0]}` };
  const last = summary.responses.findLast((row) => row.thread === 'main');
  if (said.isError || last?.provider !== 'claude') return { mark: 'failed', detail: said.text };
  return { mark: 'held' };
}
