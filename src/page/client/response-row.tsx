import type { Response } from '../../state/summary.ts';
import { Badge } from './badge.tsx';
import { wasFailover, type Row } from './filter.ts';
import { FITNESS, moveText, tagParts } from '../../words/handoff.ts';
import { tokens } from '../../words/limit.ts';
import { plural } from '../../words/text.ts';
import { timeWithSeconds } from '../../words/time.ts';
import { labelOf, type View } from './view.ts';

type Props = {
  view: View;
  row: Row;
  /** Its place in an opened message, from 1. */
  step?: number | undefined;
  /** In the list as it is filtered. */
  index: number;
  /** CSS pixels from the list's top. */
  top: number;
  onOpen: (exchange: number) => void;
};

/** One answer in the list, which opens its details. */
export function ResponseRow({ view, row, step, index, top, onOpen }: Props) {
  const { response } = row;
  const open = () => onOpen(response.exchange);
  return (
    <div
      class={`row ${step === undefined ? '' : 'step'} ${response.outcome === 'answered' ? '' : response.outcome === 'relayed' ? 'unwell own' : 'unwell'}`}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
      onClick={open}
    >
      <span role="cell" class="c-time">
        {timeWithSeconds(response.at)}
      </span>
      <span role="cell" class="c-turn">
        <span class="only-phone">#</span>
        {response.turn}
      </span>
      <span role="cell" class="c-prompt">
        <button
          type="button"
          class={`plain ${step !== undefined || response.preview === undefined ? 'quiet' : ''}`}
          aria-haspopup="dialog"
          onKeyDown={walkRows}
          onClick={(event) => {
            event.stopPropagation();
            open();
          }}
        >
          {step === undefined ? promptOf(row) : stepOf(row, step)}
        </button>
        {wasFailover(row) && <span class="tag failover">after {labelOf(view, row.failed[0]?.provider)}</span>}
        {response.moved !== undefined && (
          <span class="tag" title={moveText(response.moved)}>
            {response.moved.kind}
          </span>
        )}
        {response.tag !== undefined && (
          <span class="tag" title={tagParts(response.tag).join(' · ')}>
            tagged
          </span>
        )}
        {response.held !== undefined && (
          <span class="tag" title={`your rule: ${response.held}`}>
            held
          </span>
        )}
        {response.fitness !== undefined && <span class="tag">{FITNESS[response.fitness]}</span>}
        {response.warnings > 0 && <span class="tag">{plural(response.warnings, 'loss', 'losses')}</span>}
      </span>
      <span role="cell" class="c-provider">
        <Badge look={response.provider === undefined ? undefined : view.byId.get(response.provider)?.look} />
        {labelOf(view, response.provider)}
      </span>
      <span role="cell" class="c-model" title={response.model}>
        {response.model ?? '–'}
      </span>
      <span role="cell" class="c-status">
        {statusOf(response)}
      </span>
      <span role="cell" class="c-seconds">
        {(response.totalMs / 1000).toFixed(1)}
        <span class="only-phone"> s</span>
      </span>
      <span role="cell" class="c-tokens">
        {tokensOf([response])}
      </span>
      <span role="cell" class="c-id" title={response.requestId}>
        {response.requestId ?? '–'}
      </span>
    </div>
  );
}

/** The arrows go from row to row, as in any list; Enter opens one. */
export function walkRows(event: KeyboardEvent) {
  const step =
    event.key === 'ArrowDown' ? 'nextElementSibling' : event.key === 'ArrowUp' ? 'previousElementSibling' : undefined;
  if (step === undefined) return;
  const target = (event.currentTarget as HTMLElement).closest('.row')?.[step]?.querySelector('button');
  if (!target) return;
  event.preventDefault();
  target.focus();
}

/** The prompt's preview, unless previews are off. */
export function promptOf({ response: { preview, thread, safetyCheck }, opensTurn }: Row): string {
  if (safetyCheck) return 'safety check of an action';
  if (preview !== undefined) return preview;
  if (thread === 'side') return 'side request';
  if (thread === 'subagent') return 'subagent';
  return opensTurn ? 'new message' : 'continued';
}

/** How it ended, in a word: `200`, `529 failed`, `400 client error`. */
export function statusOf({ outcome, status }: Response): string {
  if (outcome === 'answered') return String(status ?? 'answered');
  if (outcome === 'relayed') return `${status ?? ''} client error`.trim();
  // A status below 400 says only how the answer began: the outcome matters.
  return status === undefined || status < 400 ? outcome : `${status} ${outcome}`;
}

/** Under its message, where the user's words stand already. */
function stepOf(row: Row, step: number): string {
  return row.response.thread === 'main' && !row.response.safetyCheck ? `step ${step}` : promptOf(row);
}

/** `32.4k → 588`: read and written, of all of these. */
export function tokensOf(responses: readonly Response[]): string {
  const usages = responses.flatMap(({ usage }) => usage ?? []);
  if (usages.length === 0) return '–';
  const read = usages.reduce((sum, one) => sum + one.inputTokens + one.cacheReadTokens + one.cacheWriteTokens, 0);
  const written = usages.reduce((sum, { outputTokens }) => sum + outputTokens, 0);
  return `${tokens(read)} → ${tokens(written)}`;
}
