import { plural } from '../../words/text.ts';
import type { Column } from './turns.ts';

const HEIGHT = 30;

type Props = { columns: Column[]; width: number; current: number | undefined; onTell: (column: number) => void };

/** Where a session has too many changes of provider for single marks: how many failovers fell into each stretch. */
export function Density({ columns, width, current, onTell }: Props) {
  const most = Math.max(1, ...columns.map(({ failovers }) => failovers));
  const step = width / columns.length;
  return (
    <div class="density">
      <svg
        width={width}
        height={HEIGHT}
        viewBox={`0 0 ${width} ${HEIGHT}`}
        role="img"
        aria-label={densityText(columns)}
      >
        <text x={-9} y={7}>
          {most}
        </text>
        {columns.map(({ failovers, from }, index) => {
          const height = (failovers / most) * (HEIGHT - 4);
          return (
            <g key={from} class={index === current ? 'current' : ''} onPointerEnter={() => onTell(index)}>
              <rect class="reach" x={index * step} y={0} width={step} height={HEIGHT} />
              <rect
                class="bar"
                x={index * step + 1}
                y={HEIGHT - 2 - height}
                width={Math.max(1, step - 2)}
                height={failovers === 0 ? 0 : Math.max(2, height)}
                rx={1.5}
              />
            </g>
          );
        })}
        <line x1={0} x2={width} y1={HEIGHT - 1} y2={HEIGHT - 1} />
      </svg>
    </div>
  );
}

/** `322 failovers; the most, 9, in turns 600 to 632`. */
export function densityText(columns: readonly Column[]): string {
  const all = columns.reduce((sum, { failovers }) => sum + failovers, 0);
  const worst = columns.toSorted((a, b) => b.failovers - a.failovers)[0];
  if (worst === undefined || worst.failovers === 0) return 'No failover';
  return `${plural(all, 'failover')}; the most, ${worst.failovers}, in messages ${worst.from} to ${worst.to}`;
}
