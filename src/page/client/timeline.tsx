import { useMemo, useRef, useState } from 'preact/hooks';
import { Density, densityText } from './density.tsx';
import { plural } from '../../words/text.ts';
import { clock } from '../../words/time.ts';
import { Latency } from './latency.tsx';
import { explainSwitch } from './sentences.ts';
import { kindOf, KINDS, kindsIn, type Kind } from './kinds.ts';
import { Switches } from './switches.tsx';
import {
  columnsOf,
  mainThread,
  marks,
  stretches,
  type Column,
  type Mark,
  type Segment,
  type Stretch,
  type Switch,
} from './turns.ts';
import { labelOf, type View } from './view.ts';
import { useWidth } from './width.ts';

/** The narrowest turn that a finger or pointer can hit. */
const TURN_PX = 5;
const MARK_PX = 52;
/** Above this number single marks are useless: then switches are counted by stretch. */
const MOST_MARKS = 24;
const COLUMN_PX = 14;

type Told = { turn: number } | { mark: number } | { column: number } | undefined;

/** The conversation as a bar of turns, who answered each, and where the provider changed. */
export function Timeline({ view }: { view: View }) {
  const { responses, switches } = view.summary;
  const axis = useRef<HTMLDivElement>(null);
  const width = useWidth(axis) || 600;
  const main = useMemo(() => mainThread(responses), [responses]);
  const turns = useMemo(() => stretches(main, Math.floor(width / TURN_PX), [...view.byId.keys()]), [main, width]);
  const marked = useMemo(() => marks(switches, main, turns, MARK_PX / width), [switches, main, turns, width]);
  const crowded = switches.length > MOST_MARKS && marked.some((mark) => mark.switches.length > 1);
  const columns = useMemo(
    () => (crowded ? columnsOf(switches, main, turns, Math.floor(width / COLUMN_PX)) : []),
    [crowded, switches, main, turns, width],
  );
  const [told, setTold] = useState<Told>();

  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline">Messages</h2>
      <div class={`panel timeline ${switches.length === 0 ? '' : 'with-switches'}`}>
        {turns.length === 0 && (
          <p class="empty">No message yet. The first answer appears here as soon as it is complete.</p>
        )}
        <div class="axis" ref={axis} hidden={turns.length === 0}>
          {crowded ? (
            <Density
              columns={columns}
              width={width}
              current={told !== undefined && 'column' in told ? told.column : undefined}
              onTell={(column) => setTold({ column })}
            />
          ) : (
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
          )}
          <Strip view={view} turns={turns} told={told} onTell={(turn) => setTold({ turn })} />
          <p class={`told ${told === undefined ? 'quiet' : ''}`}>{toldText(view, { turns, marked, columns }, told)}</p>
          <Legend turns={turns} kinds={crowded ? [] : kindsIn(switches)} />
          <Latency view={view} main={main} turns={turns} width={width} />
        </div>
        <Switches view={view} main={main} />
      </div>
    </section>
  );
}

function MarkButton({ mark, text, onTell }: { mark: Mark; text: string; onTell: () => void }) {
  const first = mark.switches[0]!;
  const kind = kindOf(mark.switches.map(({ at }) => at));
  return (
    <button
      type="button"
      class={`mark ${kind}`}
      style={{ left: `${mark.position * 100}%` }}
      aria-label={text}
      onPointerEnter={onTell}
      onFocus={onTell}
      onClick={onTell}
    >
      {KINDS[kind].glyph} {mark.switches.length === 1 ? first.number : `${mark.switches.length} ×`}
    </button>
  );
}

type StripProps = {
  view: View;
  turns: Stretch[];
  told: Told;
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
      aria-label="Messages"
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
          {stretch.segments.map((segment, place) => {
            const [look, letters] = lookOf(view, segment);
            return (
              <span key={place} class={`run ${look}`} style={{ flexGrow: segment.count }}>
                <span class="letters">{letters}</span>
              </span>
            );
          })}
        </div>
      ))}
    </div>
  );
}

function lookOf(view: View, segment: Segment): [look: string, letters: string] {
  if (segment.by === undefined) return segment.none === 'client' ? ['look-own', '!'] : ['look-none', '–'];
  const look = view.byId.get(segment.by)?.look;
  return [`look-${look?.slot ?? 'none'}`, look?.letters ?? '?'];
}

const WITHOUT_ANSWER = {
  client: { look: 'look-own', mark: '!', text: 'error passed on to Claude Code' },
  nobody: { look: 'look-none', mark: '–', text: 'no provider could answer' },
} as const;

/** The legend of the marks above the bar, and of those in it without a provider. */
function Legend({ turns, kinds: changes }: { turns: Stretch[]; kinds: Kind[] }) {
  const met = new Set(
    turns.flatMap(({ segments }) => segments.map((segment) => (segment.by === undefined ? segment.none : ''))),
  );
  const kinds = (['client', 'nobody'] as const).filter((kind) => met.has(kind));
  if (kinds.length + changes.length === 0) return null;
  return (
    <ul class="legend">
      {changes.map((kind) => (
        <li key={kind}>
          <span class={`mark ${kind}`} aria-hidden="true">
            {KINDS[kind].glyph}
          </span>
          {KINDS[kind].text}
        </li>
      ))}
      {kinds.map((kind) => (
        <li key={kind}>
          <span class={`sample ${WITHOUT_ANSWER[kind].look}`} aria-hidden="true">
            {WITHOUT_ANSWER[kind].mark}
          </span>
          {WITHOUT_ANSWER[kind].text}
        </li>
      ))}
    </ul>
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

function toldText(
  view: View,
  { turns, marked, columns }: { turns: Stretch[]; marked: Mark[]; columns: Column[] },
  told: Told,
): string {
  if (told === undefined) {
    if (columns.length > 0) return `${densityText(columns)}.`;
    return 'Point at a message or a mark, or tap it; the arrow keys walk along.';
  }
  if ('column' in told) return columns[told.column] === undefined ? '' : columnText(view, columns[told.column]!);
  if ('mark' in told) return marked[told.mark] === undefined ? '' : markText(view, marked[told.mark]!);
  const turn = turns[Math.min(told.turn, turns.length - 1)];
  return turn === undefined ? '' : turnText(view, turn);
}

function turnText(view: View, { from, to, at, segments, preview }: Stretch): string {
  const counts = new Map<string, number>();
  let answers = 0;
  for (const segment of segments) {
    const { by, count } = segment;
    const who = by === undefined ? WITHOUT_ANSWER[segment.none].text : labelOf(view, by);
    counts.set(who, (counts.get(who) ?? 0) + count);
    if (by !== undefined) answers += count;
  }
  const who = [...counts].map(([label, count]) => `${label} ${count}`).join(', ');
  const what = preview === undefined || from !== to ? '' : ` · “${preview}”`;
  const name = from === to ? `Message ${from}` : `Messages ${from} to ${to}`;
  return `${name} · ${clock(at, view.summary.lastAt)} · ${plural(answers, 'answer')}: ${who}${what}`;
}

function markText(view: View, { switches }: Mark): string {
  const [first, ...others] = switches;
  if (first === undefined) return '';
  const { title, facts } = explainSwitch(view, first.at);
  if (others.length === 0) return [`${first.number}. ${title}`, ...facts].join(' · ');
  const pairings = pairingsOf(
    view,
    switches.map(({ at }) => at),
  );
  return `${switches.length} changes, ${first.number} to ${switches.at(-1)!.number}: ${pairings}`;
}

function columnText(view: View, { from, to, failovers, switches }: Column): string {
  const name = from === to ? `Message ${from}` : `Messages ${from} to ${to}`;
  const rate = failovers === 0 ? 'no failover' : plural(failovers, 'failover');
  return [name, rate, pairingsOf(view, switches)].filter((part) => part !== '').join(' · ');
}

/** `Claude → Gemini 3 ×, Gemini → Claude 2 ×` */
function pairingsOf(view: View, switches: readonly Switch[]): string {
  const counts = new Map<string, number>();
  for (const event of switches) {
    const pairing = explainSwitch(view, event).title;
    counts.set(pairing, (counts.get(pairing) ?? 0) + 1);
  }
  return [...counts].map(([pairing, count]) => `${pairing} ${count} ×`).join(', ');
}
