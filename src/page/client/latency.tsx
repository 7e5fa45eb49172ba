import type { Response } from '../../state/summary.ts';
import { duration } from '../../words/time.ts';
import { Shape } from './shape.tsx';
import { tickLabel, timeScale } from './time-scale.ts';
import { positionOf, type Stretch } from './turns.ts';
import { labelOf, type View } from './view.ts';

const HEIGHT = 120;
const TOP = 14;
const BOTTOM = 6;
/** More points than this hide each other. */
const MOST_POINTS = 200;

type Props = { view: View; main: Response[]; turns: Stretch[]; width: number };

/** Each answer's time, on the same axis as the turns, with its provider's average. */
export function Latency({ view, main, turns, width }: Props) {
  const answered = main.flatMap((response, index) =>
    response.provider === undefined || response.outcome !== 'answered' ? [] : [{ response, index }],
  );
  const points = thin(answered, MOST_POINTS);
  if (points.length === 0) return null;
  const { ticks, share } = timeScale(points.map(({ response }) => response.totalMs));
  const y = (ms: number) => TOP + (1 - share(ms)) * (HEIGHT - TOP - BOTTOM);
  const providers = view.providers.filter(({ id }) => points.some(({ response }) => response.provider === id));
  return (
    <figure class="latency">
      <svg width={width} height={HEIGHT} viewBox={`0 0 ${width} ${HEIGHT}`} role="img" aria-label={summaryOf(view)}>
        {ticks.map((ms) => (
          <g key={ms} class="grid">
            <line x1={0} x2={width} y1={y(ms)} y2={y(ms)} />
            <text x={-9} y={y(ms)}>
              {tickLabel(ms)}
            </text>
          </g>
        ))}
        {providers.map(({ id, look, usualMs, medianMs }) => {
          const usual = usualMs ?? medianMs;
          return usual === undefined ? null : (
            <line key={id} class={`usual ink-${look.slot}`} x1={0} x2={width} y1={y(usual)} y2={y(usual)} />
          );
        })}
        {points.map(({ response, index }) => (
          <Shape
            key={response.exchange}
            slot={view.byId.get(response.provider!)?.look.slot ?? 7}
            x={positionOf(index, turns) * width}
            y={y(response.totalMs)}
          />
        ))}
      </svg>
      <figcaption>
        <span>Time per answer</span>
        {providers.map(({ id, label, look, usualMs, medianMs }) => (
          <span key={id} class="key">
            <svg width="14" height="14" aria-hidden="true">
              <Shape slot={look.slot} x={7} y={7} />
            </svg>
            {label}
            <span class="quiet">
              {medianMs === undefined ? '' : ` ${duration(medianMs)}`}
              {usualMs === undefined ? '' : `, average ${duration(usualMs)}`}
            </span>
          </span>
        ))}
        <span class="key quiet">
          <svg width="18" height="8" aria-hidden="true">
            <line class="usual" x1="0" x2="18" y1="4" y2="4" />
          </svg>
          average
        </span>
      </figcaption>
    </figure>
  );
}

function summaryOf(view: View): string {
  const each = view.providers.flatMap(({ id, medianMs, usualMs }) => {
    if (medianMs === undefined) return [];
    const usual = usualMs === undefined ? '' : `, average ${duration(usualMs)}`;
    return [`${labelOf(view, id)} took ${duration(medianMs)}${usual}`];
  });
  return `Time per answer. ${each.join('; ')}.`;
}

/** Every n-th, the last always among them. */
function thin<T>(all: T[], most: number): T[] {
  const step = Math.ceil(all.length / most);
  return step <= 1 ? all : all.filter((_, index) => (all.length - 1 - index) % step === 0);
}
