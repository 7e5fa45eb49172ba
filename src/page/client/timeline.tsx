import { useMemo, useRef, useState } from 'preact/hooks';
import { clock, plural } from './format.ts';
import { Latency } from './latency.tsx';
import { explainSwitch } from './sentences.ts';
import { Switches } from './switches.tsx';
import { mainThread, marks, stretches, type Mark, type Stretch } from './turns.ts';
import { labelOf, type View } from './view.ts';
import { useWidth } from './width.ts';

/** Narrower than this, a turn cannot be hit by a finger or a pointer. */
const TURN_PX = 5;
const MARK_PX = 52;

/** The conversation as a bar of turns, who answered each, and where the provider changed. */
export function Timeline({ view }: { view: View }) {
  const { responses, switches } = view.summary;
  const axis = useRef<HTMLDivElement>(null);
  const width = useWidth(axis) || 600;
  const main = useMemo(() => mainThread(responses), [responses]);
  const turns = useMemo(() => stretches(main, Math.floor(width / TURN_PX), [...view.byId.keys()]), [main, width]);
  const marked = useMemo(() => marks(switches, main, turns, MARK_PX / width), [switches, main, turns, width]);
  const [told, setTold] = useState<{ turn: number } | { mark: number }>();

  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Turns</h2>
      <div class="panel timeline">
        {turns.length === 0 && (
          <p class="empty">No turn yet. The first answer appears here as soon as it is complete.</p>
        )}
        <div class="axis" ref={axis} hidden={turns.length === 0}>
          <div class="marks">
            {marked.map((mark, index) => (
              <MarkButton
                key={mark.switches[0]!.number}
                mark={mark}
                text={markText(view, mark)}
                onTell={() => setTold({ mark: index })}
              />
            ))}
          </div>
          <Strip view={view} turns={turns} told={told} onTell={(turn) => setTold({ turn })} />
          <p class={`told ${told === undefined ? 'quiet' : ''}`}>{toldText(view, turns, marked, told)}</p>
          <Latency view={view} main={main} turns={turns} width={width} />
        </div>
        <Switches view={view} main={main} />
      </div>
    </section>
  );
}

function MarkButton({ mark, text, onTell }: { mark: Mark; text: string; onTell: () => void }) {
  const first = mark.switches[0]!;
  const failover = mark.switches.some(({ at }) => at.cause === 'failover');
  return (
    <button
      type="button"
      class={`mark ${failover ? 'failover' : 'return'}`}
      style={{ left: `${mark.position * 100}%` }}
      aria-label={text}
      onPointerEnter={onTell}
      onFocus={onTell}
      onClick={onTell}
    >
      {mark.switches.length === 1 ? first.number : `${mark.switches.length} ×`}
    </button>
  );
}

type StripProps = {
  view: View;
  turns: Stretch[];
  told: { turn: number } | { mark: number } | undefined;
  onTell: (turn: number) => void;
};

/** One stop for the keyboard: the arrows walk along the turns, and each is read out. */
function Strip({ view, turns, told, onTell }: StripProps) {
  const current = told !== undefined && 'turn' in told ? Math.min(told.turn, turns.length - 1) : undefined;
  const valueNow = current ?? turns.length - 1;
  const walk = (event: KeyboardEvent) => {
    const to = walkTo(event.key, valueNow, current === undefined, turns.length);
    if (to === undefined) return;
    event.preventDefault();
    onTell(to);
  };
  const turn = turns[valueNow];
  return (
    <div
      class="strip"
      role="slider"
      tabIndex={0}
      aria-label="Turns"
      aria-valuemin={1}
      aria-valuemax={turns.length}
      aria-valuenow={valueNow + 1}
      aria-valuetext={turn === undefined ? 'none' : turnText(view, turn)}
      onKeyDown={walk}
      onFocus={() => current === undefined && onTell(valueNow)}
    >
      {turns.map((stretch, index) => (
        <div
          key={stretch.from}
          class={`turn ${index === current ? 'current' : ''} ${stretch.from === stretch.to ? '' : 'merged'}`}
          onPointerEnter={() => onTell(index)}
          onClick={() => onTell(index)}
        >
          {stretch.segments.map(({ provider, count }, place) => {
            const look = provider === undefined ? undefined : view.byId.get(provider)?.look;
            return (
              <span
                key={place}
                class={`run ${look === undefined ? 'look-none' : `look-${look.slot}`}`}
                style={{ flexGrow: count }}
              >
                <span class="letters">{look?.letters ?? '–'}</span>
              </span>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function walkTo(key: string, from: number, fresh: boolean, count: number): number | undefined {
  switch (key) {
    case 'ArrowLeft':
    case 'ArrowDown':
      return Math.max(0, fresh ? from : from - 1);
    case 'ArrowRight':
    case 'ArrowUp':
      return Math.min(count - 1, from + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

function toldText(view: View, turns: Stretch[], marked: Mark[], told: StripProps['told']): string {
  if (told === undefined) return 'Point at a turn or a mark, or tap it; the arrow keys walk along.';
  if ('mark' in told) return marked[told.mark] === undefined ? '' : markText(view, marked[told.mark]!);
  const turn = turns[Math.min(told.turn, turns.length - 1)];
  return turn === undefined ? '' : turnText(view, turn);
}

function turnText(view: View, { from, to, at, segments, preview }: Stretch): string {
  const counts = new Map<string, number>();
  for (const { provider, count } of segments) {
    const label = labelOf(view, provider);
    counts.set(label, (counts.get(label) ?? 0) + count);
  }
  const who = [...counts].map(([label, count]) => `${label} ${count}`).join(', ');
  const answers = segments.reduce((sum, { count }) => sum + count, 0);
  const what = preview === undefined || from !== to ? '' : ` · “${preview}”`;
  const name = from === to ? `Turn ${from}` : `Turns ${from} to ${to}`;
  return `${name} · ${clock(at, view.summary.lastAt)} · ${plural(answers, 'answer')}: ${who}${what}`;
}

function markText(view: View, { switches }: Mark): string {
  const [first, ...others] = switches;
  if (first === undefined) return '';
  const { title, facts } = explainSwitch(view, first.at);
  if (others.length === 0) return [`${first.number}. ${title}`, ...facts].join(' · ');
  const counts = new Map<string, number>();
  for (const { at } of switches) {
    const pairing = explainSwitch(view, at).title;
    counts.set(pairing, (counts.get(pairing) ?? 0) + 1);
  }
  const pairings = [...counts].map(([pairing, count]) => `${pairing} ${count} ×`);
  return `${switches.length} changes, ${first.number} to ${switches.at(-1)!.number}: ${pairings.join(', ')}`;
}
