import type { ProviderId } from '../../events.ts';
import { number, plural } from '../../words/text.ts';
import { timeWithSeconds } from '../../words/time.ts';
import { Badge } from './badge.tsx';
import { wasFailover } from './filter.ts';
import { openingOf, type Item } from './groups.ts';
import { promptOf, statusOf, tokensOf, walkRows } from './response-row.tsx';
import { labelOf, type View } from './view.ts';

type Props = {
  view: View;
  item: Extract<Item, { kind: 'message' }>;
  index: number;
  /** CSS pixels from the list's top. */
  top: number;
  onToggle: (turn: number) => void;
};

/** A user's message with all its responses in one line; opened, they follow below. */
export function MessageRow({ view, item: { turn, rows, open }, index, top, onToggle }: Props) {
  const opening = openingOf(rows);
  const responses = rows.map(({ response }) => response);
  const troubled = responses.find(({ outcome }) => outcome !== 'answered');
  const providers = [...new Set(responses.flatMap(({ provider }) => provider ?? []))];
  const models = [...new Set(responses.flatMap(({ model }) => model ?? []))];
  const failover = rows.find(wasFailover);
  const losses = responses.reduce((sum, { warnings }) => sum + warnings, 0);
  const toggle = () => onToggle(turn);
  return (
    <div
      class={`row message ${troubled === undefined ? '' : troubled.outcome === 'relayed' ? 'unwell own' : 'unwell'}`}
      role="row"
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${top}px)` }}
      onClick={toggle}
    >
      <span role="cell" class="c-time">
        {timeWithSeconds(opening.response.at)}
      </span>
      <span role="cell" class="c-turn">
        <span class="only-phone">#</span>
        {turn}
      </span>
      <span role="cell" class="c-prompt">
        <button
          type="button"
          class={`plain fold ${opening.response.preview === undefined ? 'quiet' : ''}`}
          aria-expanded={open}
          onKeyDown={walkRows}
          onClick={(event) => {
            event.stopPropagation();
            toggle();
          }}
        >
          {promptOf(opening)}
        </button>
        {failover !== undefined && (
          <span class="tag failover">after {labelOf(view, failover.failed[0]?.provider)}</span>
        )}
        {losses > 0 && <span class="tag">{plural(losses, 'loss', 'losses')}</span>}
      </span>
      <span role="cell" class="c-provider">
        <Providers view={view} ids={providers} />
      </span>
      <span role="cell" class="c-model" title={models.join(', ')}>
        {models.length > 1 ? `${models.length} models` : (models[0] ?? '–')}
      </span>
      <span role="cell" class="c-status">
        {statusOf(troubled ?? opening.response)}
      </span>
      <span role="cell" class="c-seconds">
        {(responses.reduce((sum, { totalMs }) => sum + totalMs, 0) / 1000).toFixed(1)}
        <span class="only-phone"> s</span>
      </span>
      <span role="cell" class="c-tokens">
        {tokensOf(responses)}
      </span>
      <span role="cell" class="c-id c-steps quiet">
        {number(rows.length)} responses
      </span>
    </div>
  );
}

/** One by name, several by their marks. */
function Providers({ view, ids }: { view: View; ids: ProviderId[] }) {
  const labels = ids.map((id) => labelOf(view, id));
  return (
    <>
      {ids.map((id) => (
        <Badge key={id} look={view.byId.get(id)?.look} />
      ))}
      {ids.length === 0 && <Badge look={undefined} />}
      {ids.length > 1 ? <span class="sr">{labels.join(', ')}</span> : (labels[0] ?? 'nobody')}
    </>
  );
}
