type Props = { slot: number; x: number; y: number };

const outlines = [
  'M0-4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0-4.5Z', // circle
  'M-4-4H4V4H-4Z', // square
  'M0-5.2L5 4H-5Z', // triangle
  'M0-5.5L5 0L0 5.5L-5 0Z', // diamond
  'M-1.6-5H1.6V-1.6H5V1.6H1.6V5H-1.6V1.6H-5V-1.6H-1.6Z', // plus
  'M0 5.2L5-4H-5Z', // triangle, upside down
  'M-3.2-5H3.2V5H-3.2Z', // upright bar
  'M-5-2.6H5V2.6H-5Z', // lying bar
] as const;

/** One provider's point in a chart: its own outline as well as its own colour. */
export function Shape({ slot, x, y }: Props) {
  return (
    <g transform={`translate(${x.toFixed(1)} ${y.toFixed(1)})`} class={`shape ink-${slot}`}>
      <path d={outlines[slot % outlines.length]} />
    </g>
  );
}
