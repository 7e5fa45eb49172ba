import { useState } from 'preact/hooks';
import type { Response } from '../../state/summary.ts';
import { Badge } from './badge.tsx';
import { clock } from '../../words/time.ts';
import { kindOf, KINDS } from './kinds.ts';
import { explainSwitch } from './sentences.ts';
import type { View } from './view.ts';

/** The number that fits beside the bar; the others show after a click. */
const SHOWN = 3;

/** Every change of provider, explained, newest last as on the axis above it. */
export function Switches({ view, main }: { view: View; main: Response[] }) {
  const [all, setAll] = useState(false);
  const { switches, lastAt } = view.summary;
  if (switches.length === 0) {
    return main.length === 0 ? null : <p class="no-switch">One provider has answered throughout: no failover.</p>;
  }
  const turnOf = new Map(main.map(({ exchange, turn }) => [exchange, turn]));
  const hidden = all ? 0 : Math.max(0, switches.length - SHOWN);
  return (
    <div>
      {hidden > 0 && (
        <button type="button" class="more" onClick={() => setAll(true)}>
          Show {hidden} earlier
        </button>
      )}
      <ol class="switches" aria-label="Changes of provider">
        {switches.slice(hidden).map((event, index) => {
          const { title, facts } = explainSwitch(view, event);
          const turn = turnOf.get(event.exchange);
          return (
            <li key={hidden + index}>
              <span class={`mark ${kindOf([event])}`} aria-hidden="true">
                {KINDS[kindOf([event])].glyph} {hidden + index + 1}
              </span>
              <span class="when quiet">
                {turn === undefined ? '' : `Message ${turn}, `}
                {clock(event.at, lastAt)}
              </span>
              <span class="pairing">
                <span class="sr">{title}</span>
                <Badge look={view.byId.get(event.from)?.look} />
                <span aria-hidden="true">→</span>
                <Badge look={view.byId.get(event.to)?.look} />
              </span>
              <span class="facts-line">
                {facts.map((fact) => (
                  <span key={fact}>{fact}</span>
                ))}
              </span>
            </li>
          );
        })}
      </ol>
    </div>
  );
}
